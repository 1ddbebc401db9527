#pragma once
// Who may log in by name and password: the one user that the environment names, whose password is
// compared, or those of a user file (user_file.h), whose passwords are stretched with PBKDF2.
//
// Cost:      microseconds for the environment's user, and for whatever a user file's check answered
//            within the last minute (kept, bounded, as keyed digests; refusals apart, so that
//            guesses push out nobody). Otherwise one PBKDF2: milliseconds to a few seconds, as
//            dear as the file's iterations say. check_quickly() never pays that, and says when it
//            would have had to: then call check() on a thread that may wait.
// Secrecy:   a name that nobody has costs the same PBKDF2 as one that somebody has. An empty
//            password, or one of more than 4096 bytes, never passes against a user file.
// Threading: thread-safe after construction. The same password checked by several threads at once
//            may be stretched by each. The clock is borrowed and must outlive it.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/clock.h"
#include "common/http/auth/digest.h"
#include "common/http/auth/digest_cache.h"
#include "common/http/auth/pbkdf2.h"
#include "common/http/auth/roles.h"

namespace ox {

struct StretchedUser {
  std::string name;
  Pbkdf2Hash hash = Pbkdf2Hash::kSha256;
  std::string salt;  // the bytes as they are
  std::uint32_t iterations = 1;
  std::string digest;  // digest_size(hash) bytes
  Roles roles;
};

class Users {
 public:
  enum class Verdict { kAccepted, kRefused, kUndecided };
  struct Answer {
    Verdict verdict = Verdict::kRefused;
    Roles roles;  // with kAccepted
  };
  struct Memory {
    std::size_t accepted = 1024;
    std::size_t refused = 1024;
    Micros lifetime = Seconds(60);
  };

  // One user with a password to be compared; "" is a password that everybody knows.
  static Users single(std::string_view name, std::string_view password, Roles roles);
  // The names are unique. With no user at all, everybody is refused.
  static Users stretched(std::vector<StretchedUser> users, Memory memory, const Clock& clock);

  Answer check(std::string_view name, std::string_view password) const;
  Answer check_quickly(std::string_view name, std::string_view password) const;

  // False when an empty password is enough.
  bool need_secret() const { return need_secret_; }

 private:
  Users() = default;
  Answer check_single(std::string_view name, std::string_view password) const;
  Answer check_stretched(std::string_view name, std::string_view password, bool may_stretch) const;
  const StretchedUser& stand_in(std::string_view name) const;

  // Constant after construction; the caches guard themselves.
  bool need_secret_ = true;
  bool single_ = false;
  Digest single_pair_{};
  Roles single_roles_;
  std::vector<StretchedUser> users_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::unique_ptr<DigestCache> accepted_;
  std::unique_ptr<DigestCache> refused_;
};

}  // namespace ox
