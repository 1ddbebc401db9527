#include "common/http/stream.h"

#include <algorithm>
#include <cerrno>
#include <climits>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <sys/socket.h>

namespace ox {
namespace {

// OpenSSL's own socket BIO uses write(), which raises SIGPIPE when the peer has gone.
int bio_write(BIO* bio, const char* data, int size) {
  auto fd = static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
  BIO_clear_retry_flags(bio);
  ssize_t n = ::send(fd, data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(n);
}

int bio_read(BIO* bio, char* data, int size) {
  auto fd = static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
  BIO_clear_retry_flags(bio);
  ssize_t n = ::recv(fd, data, static_cast<std::size_t>(size), 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  return static_cast<int>(n);
}

long bio_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO_METHOD* socket_bio() {
  static BIO_METHOD* method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "ox socket");
    BIO_meth_set_write(made, &bio_write);
    BIO_meth_set_read(made, &bio_read);
    BIO_meth_set_ctrl(made, &bio_control);
    return made;
  }();
  return method;
}

}  // namespace

Stream::Stream(int fd, const TlsContext* tls) : fd_(fd), tls_(nullptr, &SSL_free) {
  if (!tls) return;
  tls_.reset(SSL_new(tls->get()));
  BIO* bio = tls_ ? BIO_new(socket_bio()) : nullptr;
  if (!bio) {
    broken_ = true;
    return;
  }
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
  BIO_set_init(bio, 1);
  SSL_set_bio(tls_.get(), bio, bio);
  SSL_set_accept_state(tls_.get());
}

StreamState Stream::tls_state(int outcome) const {
  switch (SSL_get_error(tls_.get(), outcome)) {
    case SSL_ERROR_NONE:
      return StreamState::kOk;
    case SSL_ERROR_WANT_READ:
      return StreamState::kWantRead;
    case SSL_ERROR_WANT_WRITE:
      return StreamState::kWantWrite;
    case SSL_ERROR_ZERO_RETURN:
      return StreamState::kEnd;
    default:
      return StreamState::kError;
  }
}

StreamState Stream::handshake() {
  if (broken_) return StreamState::kError;
  if (!tls_) return StreamState::kOk;
  ERR_clear_error();
  StreamState state = tls_state(SSL_do_handshake(tls_.get()));
  broken_ = state == StreamState::kError;
  return state;
}

StreamResult Stream::read(char* data, std::size_t size) {
  StreamResult result;
  if (!tls_) {
    ssize_t n;
    do {
      n = ::recv(fd_, data, size, 0);
    } while (n < 0 && errno == EINTR);
    if (n > 0) return {static_cast<std::size_t>(n), StreamState::kOk};
    if (n == 0) return {0, StreamState::kEnd};
    bool later = errno == EAGAIN || errno == EWOULDBLOCK;
    return {0, later ? StreamState::kWantRead : StreamState::kError};
  }
  while (result.bytes < size) {
    ERR_clear_error();
    std::size_t n = 0;
    int outcome = SSL_read_ex(tls_.get(), data + result.bytes, size - result.bytes, &n);
    if (outcome == 1) {
      result.bytes += n;
      continue;
    }
    result.state = tls_state(outcome);
    broken_ = result.state == StreamState::kError;
    break;
  }
  return result;
}

StreamResult Stream::write(const iovec* vectors, std::size_t n) {
  if (!tls_) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(vectors);  // only read
    message.msg_iovlen = n;
    ssize_t sent;
    do {
      sent = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0) return {static_cast<std::size_t>(sent), StreamState::kOk};
    bool later = errno == EAGAIN || errno == EWOULDBLOCK;
    return {0, later ? StreamState::kWantWrite : StreamState::kError};
  }
  StreamResult result;
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t done = 0;
    while (done < vectors[i].iov_len) {
      ERR_clear_error();
      std::size_t written = 0;
      int outcome = SSL_write_ex(tls_.get(), static_cast<const char*>(vectors[i].iov_base) + done,
                                 vectors[i].iov_len - done, &written);
      if (outcome != 1) {
        result.state = tls_state(outcome);
        broken_ = result.state == StreamState::kError;
        return result;
      }
      done += written;
      result.bytes += written;
    }
  }
  return result;
}

bool Stream::has_buffered() const { return tls_ && SSL_has_pending(tls_.get()) == 1; }

void Stream::end_sending() {
  if (tls_ && !broken_ && SSL_is_init_finished(tls_.get())) {
    ERR_clear_error();
    SSL_shutdown(tls_.get());
    ERR_clear_error();
  }
  ::shutdown(fd_, SHUT_WR);
}

StreamState Stream::discard() {
  for (int i = 0; i < 16; ++i) {  // others want their turn, too
    // MSG_TRUNC: TCP drops the bytes without copying them (tcp(7)).
    ssize_t n = ::recv(fd_, nullptr, std::size_t{1} << 20, MSG_TRUNC | MSG_DONTWAIT);
    if (n == 0) return StreamState::kEnd;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      return errno == EAGAIN || errno == EWOULDBLOCK ? StreamState::kWantRead : StreamState::kError;
  }
  return StreamState::kWantRead;
}

}  // namespace ox
