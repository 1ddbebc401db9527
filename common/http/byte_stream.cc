#include "common/http/byte_stream.h"

#include <utility>

#include "common/http/stream.h"

namespace ox {
namespace {

class SocketByteStream : public ByteStream {
 public:
  SocketByteStream(int fd, std::shared_ptr<const TlsContext> tls)
      : tls_(std::move(tls)), stream_(fd, tls_.get()) {}

  StreamState handshake() override { return stream_.handshake(); }
  StreamResult read(char* data, std::size_t size) override { return stream_.read(data, size); }
  StreamResult write(std::string_view bytes) override {
    const iovec part{const_cast<char*>(bytes.data()), bytes.size()};  // only read
    return stream_.write(&part, 1);
  }
  bool has_buffered() const override { return stream_.has_buffered(); }
  void end_sending() override { stream_.end_sending(); }
  StreamState discard() override { return stream_.discard(); }

 private:
  const std::shared_ptr<const TlsContext> tls_;
  Stream stream_;
};

class SocketByteStreams : public ByteStreams {
 public:
  explicit SocketByteStreams(std::shared_ptr<const TlsContext> tls) : tls_(std::move(tls)) {}
  std::unique_ptr<ByteStream> open(int fd) const override {
    return std::make_unique<SocketByteStream>(fd, tls_);
  }
  bool secure() const override { return tls_ != nullptr; }

 private:
  const std::shared_ptr<const TlsContext> tls_;
};

}  // namespace

std::shared_ptr<const ByteStreams> ByteStreams::plain() {
  return std::make_shared<SocketByteStreams>(nullptr);
}

Result<std::shared_ptr<const ByteStreams>> ByteStreams::tls(const StreamTls& files) {
  OX_ASSIGN_OR_RETURN(std::shared_ptr<TlsContext> context,
                      TlsContext::load(files.certificate_file, files.key_file));
  context->forgo_tickets();
  if (!files.ca_file.empty()) OX_RETURN_IF_ERROR(context->require_client(files.ca_file));
  return std::shared_ptr<const ByteStreams>(std::make_shared<SocketByteStreams>(context));
}

}  // namespace ox
