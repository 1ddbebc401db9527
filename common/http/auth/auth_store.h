#pragma once
// The AuthPolicy in force, and its replacement when the files behind it have changed (SIGHUP).
// A request takes current() once and asks that: it never sees half of a new configuration, and the
// one it has lives as long as it is held.
// Threading: current() and warnings() from any thread; reload() from one thread at a time. The file
//            system and the clock are borrowed and must outlive the store and every policy taken.
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/http/auth/auth_policy.h"
#include "common/http/auth/auth_settings.h"
#include "common/http/auth/listener_safety.h"

namespace ox {

class AuthStore {
 public:
  // Where the policy is to hold: it must be safe for all of them (listener_safety.h).
  struct Scope {
    std::vector<HttpListener> listeners;
    std::vector<Api> apis;  // mounted on each of them
    bool insecure = false;
  };

  // Loads for the first time: before any socket is bound. Errors as load_auth_policy() and
  // check_listener(): a wrong configuration.
  static Result<std::unique_ptr<AuthStore>> open(AuthSettings settings, Scope scope, FileSystem& fs,
                                                 const Clock& clock);

  std::shared_ptr<const AuthPolicy> current() const;
  // Of the policy in force and its listeners, for the log.
  std::vector<std::string> warnings() const;

  // Loads the same settings again, with what their files hold now. On an error, the same as from
  // open(), the policy in force stays.
  Status reload();

 private:
  AuthStore(AuthSettings settings, Scope scope, FileSystem& fs, const Clock& clock);

  // Constant after construction.
  const AuthSettings settings_;
  const Scope scope_;
  FileSystem& fs_;
  const Clock& clock_;

  mutable std::mutex mu_;
  std::shared_ptr<const AuthPolicy> policy_;  // guarded by mu_
  std::vector<std::string> warnings_;         // guarded by mu_
};

}  // namespace ox
