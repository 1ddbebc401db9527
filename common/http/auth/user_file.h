#pragma once
// The user file: a JSON list of objects, one a user, as Chronologer's CHRONOLOGER_AUTHFILE:
//
//   [{"username": "bob", "pbkdf2": "f57e...aa82", "hashname": "sha256", "salt": "c0139cff",
//     "iterations": 600000, "roles": ["writer"]}]
//
// pbkdf2      hex of PBKDF2-HMAC-<hashname>(password, salt, iterations), as long as the hash's
//             digest
// hashname    sha1, sha256, sha384 or sha512
// salt        taken as text, even where it looks like hex; not empty
// iterations  1 to kMaxIterations: a check may not take longer than a few seconds
// roles       names of roles.h; may be empty
//
// All six are required, each once; other keys are passed over. User names are unique, not empty and
// have no colon, which Basic cannot carry.
#include <cstdint>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/http/auth/users.h"

namespace ox {

inline constexpr std::uint32_t kMaxIterations = 2'000'000;

// Errors: kInvalid, naming the entry (counted from 1, with its user name) and the field. Neither
// salts nor digests are ever cited. A list without a user is an error.
Result<std::vector<StretchedUser>> parse_user_file(std::string_view json);

}  // namespace ox
