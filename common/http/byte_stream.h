#pragma once
// The bytes of a non-blocking connection, plain or through TLS, for protocols that are no HTTP.
// Threading: one stream on one thread at a time; an acceptor of streams on any.
#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/http/stream_state.h"

namespace ox {

// Borrows its descriptor, which must stay open while it lives.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // Until kOk, before anything else; plain: kOk.
  virtual StreamState handshake() = 0;
  // `bytes` of the result count with every state.
  virtual StreamResult read(char* data, std::size_t size) = 0;
  virtual StreamResult write(std::string_view bytes) = 0;
  // Decrypted bytes wait, which no readiness of the socket tells of.
  virtual bool has_buffered() const = 0;
  // Nothing is sent after this.
  virtual void end_sending() = 0;
  // Throws away what has been received: kWantRead, kEnd or kError.
  virtual StreamState discard() = 0;
};

// PEM files.
struct StreamTls {
  std::string certificate_file;
  std::string key_file;
  std::string ca_file;  // not empty: peers must have a certificate of one of these authorities
};

// Makes the streams of the connections of one listener.
class ByteStreams {
 public:
  static std::shared_ptr<const ByteStreams> plain();
  // TLS 1.2 and 1.3. Errors: kInvalid, naming the file and what OpenSSL says.
  static Result<std::shared_ptr<const ByteStreams>> tls(const StreamTls& files);
  virtual ~ByteStreams() = default;
  virtual std::unique_ptr<ByteStream> open(int fd) const = 0;
  virtual bool secure() const = 0;
};

}  // namespace ox
