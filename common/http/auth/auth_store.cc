#include "common/http/auth/auth_store.h"

#include <utility>

#include "common/http/auth/auth_loader.h"

namespace ox {

AuthStore::AuthStore(AuthSettings settings, Scope scope, FileSystem& fs, const Clock& clock)
    : settings_(std::move(settings)), scope_(std::move(scope)), fs_(fs), clock_(clock) {}

Result<std::unique_ptr<AuthStore>> AuthStore::open(AuthSettings settings, Scope scope,
                                                   FileSystem& fs, const Clock& clock) {
  std::unique_ptr<AuthStore> store(new AuthStore(std::move(settings), std::move(scope), fs, clock));
  OX_RETURN_IF_ERROR(store->reload());
  return store;
}

std::shared_ptr<const AuthPolicy> AuthStore::current() const {
  std::lock_guard lock(mu_);
  return policy_;
}

std::vector<std::string> AuthStore::warnings() const {
  std::lock_guard lock(mu_);
  return warnings_;
}

Status AuthStore::reload() {
  OX_ASSIGN_OR_RETURN(auto policy, load_auth_policy(settings_, fs_, clock_));
  std::vector<std::string> warnings = policy->warnings();
  for (const HttpListener& listener : scope_.listeners) {
    OX_ASSIGN_OR_RETURN(auto more, check_listener(*policy, listener, scope_.apis, scope_.insecure));
    warnings.insert(warnings.end(), more.begin(), more.end());
  }
  std::lock_guard lock(mu_);
  policy_.swap(policy);  // the former one goes after the lock is released
  warnings_ = std::move(warnings);
  return ok_status();
}

}  // namespace ox
