#include "common/http/auth/roles.h"

#include "common/http/auth/words.h"

namespace ox {

static constexpr Role kRoles[] = {Role::kBasicReader, Role::kQueryReader, Role::kWriter,
                                  Role::kAdmin};

std::string_view role_name(Role role) {
  switch (role) {
    case Role::kBasicReader:
      return "basic-reader";
    case Role::kQueryReader:
      return "query-reader";
    case Role::kWriter:
      return "writer";
    case Role::kAdmin:
      return "admin";
  }
  return "";
}

std::string known_roles() {
  std::string out;
  for (Role role : kRoles) {
    if (!out.empty()) out += ", ";
    out += role_name(role);
  }
  return out;
}

Roles Roles::all() {
  Roles roles;
  for (Role role : kRoles) roles.add(role);
  return roles;
}

Result<Roles> Roles::parse(std::string_view text) {
  Roles roles;
  for (std::string_view word : words_of(text, ",")) {
    if (!roles.add(word))
      return Status(Code::kInvalid,
                    quoted_name(word) + " is no role (there are " + known_roles() + ")");
  }
  return roles;
}

Roles& Roles::add(Role role) {
  bits_ = static_cast<std::uint8_t>(bits_ | 1U << static_cast<unsigned>(role));
  return *this;
}

bool Roles::add(std::string_view name) {
  for (Role role : kRoles) {
    if (role_name(role) != name) continue;
    add(role);
    return true;
  }
  return false;
}

std::string Roles::to_string() const {
  std::string out;
  for (Role role : kRoles) {
    if (!has(role)) continue;
    if (!out.empty()) out += ' ';
    out += role_name(role);
  }
  return out;
}

}  // namespace ox
