#pragma once
// A client that sends exactly the bytes it is told to, and reads answers.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include "common/base/unique_fd.h"

namespace ox {

struct RawResponse {
  int status = 0;
  std::string head;                            // as received
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

// Blocking; every wait ends after 20 seconds, as the end of the connection.
class RawClient {
 public:
  enum class Security { kPlain, kTls };
  explicit RawClient(std::uint16_t port, Security security = Security::kPlain,
                     int receive_buffer = 0);

  bool connected() const { return connected_; }
  // False when the peer has closed, or does not take it all.
  bool send(std::string_view bytes);
  // FIN.
  void end_sending();
  // RST.
  void reset();
  // The next answer; nullopt when the connection ended instead. The body of an answer to HEAD must
  // be said to be missing.
  std::optional<RawResponse> read(bool has_body = true);
  // Everything until the server closes; nullopt when it does not, or resets.
  std::optional<std::string> read_to_end();
  // True when the server closes without sending a byte more.
  bool at_end();
  // True when nothing can be read right now.
  bool quiet();
  // Just bytes, without looking at them.
  std::size_t read_some(std::size_t at_most);
  // The same, and they are given back; "" at the end.
  std::string read_bytes(std::size_t at_most);

 private:
  enum class Got { kBytes, kEnd, kReset, kNothing };
  Got fill();

  UniqueFd fd_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, &SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, &SSL_free};
  bool connected_ = false;
  std::string in_;
};

}  // namespace ox
