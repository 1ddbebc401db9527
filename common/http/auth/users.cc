#include "common/http/auth/users.h"

#include <utility>

namespace ox {

static constexpr std::size_t kMaxPassword = 4096;  // bytes

Users Users::single(std::string_view name, std::string_view password, Roles roles) {
  Users users;
  users.single_ = true;
  users.single_pair_ = secret_digest(name, password);
  users.single_roles_ = roles;
  users.need_secret_ = !password.empty();
  return users;
}

Users Users::stretched(std::vector<StretchedUser> entries, Memory memory, const Clock& clock) {
  Users users;
  users.users_ = std::move(entries);
  for (std::size_t i = 0; i < users.users_.size(); ++i)
    users.by_name_.emplace(users.users_[i].name, i);
  users.accepted_ = std::make_unique<DigestCache>(memory.accepted, memory.lifetime, clock);
  users.refused_ = std::make_unique<DigestCache>(memory.refused, memory.lifetime, clock);
  return users;
}

Users::Answer Users::check(std::string_view name, std::string_view password) const {
  return single_ ? check_single(name, password) : check_stretched(name, password, true);
}

Users::Answer Users::check_quickly(std::string_view name, std::string_view password) const {
  return single_ ? check_single(name, password) : check_stretched(name, password, false);
}

Users::Answer Users::check_single(std::string_view name, std::string_view password) const {
  // Together: which of them was wrong is nobody's business.
  if (equal_in_constant_time(secret_digest(name, password), single_pair_))
    return {Verdict::kAccepted, single_roles_};
  return {};
}

// Whose salt and iterations a name that nobody has is checked with. Each name gets the same one
// every time, as a real user would; nobody outside can tell which.
const StretchedUser& Users::stand_in(std::string_view name) const {
  return users_[DigestHash()(secret_digest("stand-in", name)) % users_.size()];
}

Users::Answer Users::check_stretched(std::string_view name, std::string_view password,
                                     bool may_stretch) const {
  if (password.empty() || password.size() > kMaxPassword || users_.empty()) return {};
  auto found = by_name_.find(std::string(name));
  const bool known = found != by_name_.end();
  const StretchedUser& other = stand_in(name);
  const StretchedUser& user = known ? users_[found->second] : other;

  const Digest pair = secret_digest(name, password);
  if (accepted_->contains(pair)) return {Verdict::kAccepted, user.roles};
  if (refused_->contains(pair)) return {};
  if (!may_stretch) return {Verdict::kUndecided, {}};

  std::string derived = pbkdf2(user.hash, password, user.salt, user.iterations);
  const bool same = equal_in_constant_time(derived, user.digest);
  if (known && same) {
    accepted_->insert(pair);
    return {Verdict::kAccepted, user.roles};
  }
  refused_->insert(pair);
  return {};
}

}  // namespace ox
