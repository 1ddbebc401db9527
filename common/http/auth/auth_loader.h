#pragma once
// Makes an AuthPolicy of settings and the files they name, or says what is wrong with them.
// A configuration that protects less than it seems to is wrong: a file that cannot be used, a
// LOGGER_AUTH without what it needs, a secret that nothing would ask for.
#include <memory>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/http/auth/auth_policy.h"
#include "common/http/auth/auth_settings.h"

namespace ox {

// Errors: one line that names the variable or the file, in it the entry and the field; never a
// secret. kNotFound and kIo of files, kTooLarge, otherwise kInvalid. Reads files; stretches no
// password. The clock must outlive the policy.
Result<std::shared_ptr<const AuthPolicy>> load_auth_policy(const AuthSettings& settings,
                                                           FileSystem& fs, const Clock& clock);

}  // namespace ox
