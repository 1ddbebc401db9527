#pragma once
// How a Forward client proves that it knows the shared key, and we to it (Forward protocol v1,
// "Handshake Messages"):  server HELO --> client PING --> server PONG.
// The key itself never crosses the network; what follows is not encrypted.
#include <map>
#include <string>
#include <string_view>

#include "common/base/file_system.h"
#include "common/base/status.h"
#include "proto/raw_value.h"

namespace ox {

struct ForwardSecurity {
  std::string shared_key;  // "": nobody is asked
  std::map<std::string, std::string, std::less<>>
      users;             // passwords; empty: none has to say who it is
  std::string hostname;  // ours; a client refuses a server with its own name

  bool required() const { return !shared_key.empty(); }
};

// The first line of the file is the key, each other one USER:PASSWORD; blank lines and those that
// begin with '#' do not count. Errors name the file: kNotFound, kIo, kInvalid (nothing in it, a
// line that is no user, rights that others should not have).
Result<ForwardSecurity> load_forward_security(FileSystem& fs, const std::string& path,
                                              const std::string& hostname);

// Of one connection.
class ForwardHandshake {
 public:
  // nonce: 16 bytes, salt: the same, for passwords; both new for every connection. `security` must
  // outlive this.
  ForwardHandshake(const ForwardSecurity& security, std::string nonce, std::string salt);

  // The first message of the connection, to be sent as it is.
  std::string helo() const;

  struct Answer {
    bool accepted = false;
    std::string pong;    // to be sent in any case
    std::string reason;  // why it is not accepted
  };
  Answer answer(RawValue ping) const;

 private:
  Answer refuse(std::string reason) const;

  const ForwardSecurity& security_;
  const std::string nonce_;
  const std::string salt_;
};

}  // namespace ox
