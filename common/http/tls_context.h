#pragma once
// Internal to common/http (includes OpenSSL). A listener's certificate and key: TLS 1.2 and 1.3,
// ALPN "http/1.1".
#include <memory>
#include <string>

#include <openssl/ssl.h>

#include "common/base/status.h"

namespace ox {

class TlsContext {
 public:
  // PEM files. Errors: kInvalid, naming the file and what OpenSSL says.
  static Result<std::shared_ptr<TlsContext>> load(const std::string& certificate_file,
                                                  const std::string& key_file);
  // From now on a peer must show a certificate of one of the authorities in this PEM file. Errors
  // as load().
  Status require_client(const std::string& ca_file);
  // Sends nothing behind the handshake but what the protocol has to say. A peer that only sends,
  // and closes with session tickets unread, would reset the connection, and what it sent last be
  // lost.
  void forgo_tickets();
  SSL_CTX* get() const { return context_.get(); }

 private:
  explicit TlsContext(SSL_CTX* context) : context_(context, &SSL_CTX_free) {}
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
};

}  // namespace ox
