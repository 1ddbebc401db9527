#include "common/http/tls_context.h"

#include <array>
#include <string_view>

#include <fmt/format.h>
#include <openssl/err.h>

namespace ox {
namespace {

Status openssl_error(const std::string& file, std::string_view what) {
  unsigned long code = ERR_peek_last_error();
  const char* reason = code ? ERR_reason_error_string(code) : nullptr;
  ERR_clear_error();
  return Status(Code::kInvalid,
                fmt::format("{}: {}: {}", file, what, reason ? reason : "unknown error"));
}

int select_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* in, unsigned in_size, void*) {
  static constexpr std::array<unsigned char, 9> kHttp11{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kHttp11.data(), kHttp11.size(), in, in_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

Result<std::shared_ptr<TlsContext>> TlsContext::load(const std::string& certificate_file,
                                                     const std::string& key_file) {
  ERR_clear_error();
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (!context) return openssl_error(certificate_file, "cannot set up TLS");
  std::shared_ptr<TlsContext> made(new TlsContext(context));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // Buffers go when a connection is idle; a write may be repeated from another place, in part.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_alpn_select_cb(context, &select_protocol, nullptr);
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1)
    return openssl_error(certificate_file, "cannot be read as a certificate");
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return openssl_error(key_file, "cannot be read as a private key");
  if (SSL_CTX_check_private_key(context) != 1)
    return openssl_error(key_file, fmt::format("does not belong to {}", certificate_file));
  return made;
}

void TlsContext::forgo_tickets() { SSL_CTX_set_num_tickets(context_.get(), 0); }

Status TlsContext::require_client(const std::string& ca_file) {
  ERR_clear_error();
  if (SSL_CTX_load_verify_file(context_.get(), ca_file.c_str()) != 1)
    return openssl_error(ca_file, "cannot be read as certificates");
  SSL_CTX_set_client_CA_list(context_.get(), SSL_load_client_CA_file(ca_file.c_str()));
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  // Sessions that a peer resumes must have been made by such a context (SSL_CTX_set_verify(3)).
  static constexpr std::array<unsigned char, 3> kSessions{'o', 'x', 'd'};
  SSL_CTX_set_session_id_context(context_.get(), kSessions.data(), kSessions.size());
  return ok_status();
}

}  // namespace ox
