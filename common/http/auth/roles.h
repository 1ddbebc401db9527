#pragma once
// What somebody may do. Roles are granted by name and imply none of the others.
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace ox {

enum class Role : std::uint8_t {
  kBasicReader,  // "basic-reader": read records and events
  kQueryReader,  // "query-reader": read with a query of one's own as well
  kWriter,       // "writer": send events
  kAdmin,        // "admin": delete, and what else changes what is kept
};

std::string_view role_name(Role role);

// A set of roles, by value.
class Roles {
 public:
  Roles() = default;
  static Roles all();

  // Names with blanks or commas between them; "" is no role. Error: kInvalid, citing a name that is
  // no role and saying which there are.
  static Result<Roles> parse(std::string_view text);

  bool has(Role role) const { return (bits_ >> static_cast<unsigned>(role) & 1U) != 0; }
  // Every one of `others`, of which there may be none.
  bool has_all(Roles others) const { return (others.bits_ & ~bits_) == 0; }
  bool empty() const { return bits_ == 0; }
  Roles& add(Role role);
  // Adds the role of this name; false when there is none.
  [[nodiscard]] bool add(std::string_view name);

  std::string to_string() const;  // "basic-reader writer"; "" when empty

  bool operator==(const Roles&) const = default;

 private:
  std::uint8_t bits_ = 0;
};

// For messages: "basic-reader, query-reader, writer, admin".
std::string known_roles();

}  // namespace ox
