#pragma once
// Internal to common/http. The bytes of a non-blocking TCP connection, plain or through TLS.
// Ownership: borrows the descriptor, which must stay open while it lives.
#include <cstddef>
#include <memory>

#include <sys/uio.h>

#include "common/http/stream_state.h"
#include "common/http/tls_context.h"

namespace ox {

class Stream {
 public:
  // `tls` is nullptr for plain TCP.
  Stream(int fd, const TlsContext* tls);

  // TLS: until kOk, before anything else. Plain: kOk.
  StreamState handshake();
  // Up to `size` bytes. `bytes` counts with every state.
  StreamResult read(char* data, std::size_t size);
  StreamResult write(const iovec* vectors, std::size_t n);
  // Decrypted bytes wait, which no readiness of the socket tells of.
  bool has_buffered() const;
  // Nothing is sent after this: close_notify and FIN.
  void end_sending();
  // Throws away what has been received. kWantRead, kEnd or kError.
  StreamState discard();

 private:
  StreamState tls_state(int outcome) const;

  int fd_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_;
  bool broken_ = false;  // TLS is: not even close_notify may be sent
};

}  // namespace ox
