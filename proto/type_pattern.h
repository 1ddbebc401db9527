#pragma once
// Which event types somebody wants: "request" is that type alone, "request*" every type that begins
// with "request", "*" all of them (BlueOx's -n).
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace ox {

class TypePattern {
 public:
  // Matches every type.
  TypePattern() = default;
  // Error: kInvalid for the empty text, and for a '*' that does not stand at the end.
  static Result<TypePattern> parse(std::string_view text);

  bool matches(std::string_view type) const {
    return exact_ ? type == name_ : type.starts_with(name_);
  }
  // True when this pattern names one type, which is prefix() itself.
  bool exact() const { return exact_; }
  // What to subscribe to on a stream: every type that matches() begins with it. When the pattern is
  // exact() others do too, and the subscriber has to look.
  const std::string& prefix() const { return name_; }
  // As parse() reads it.
  std::string to_string() const { return exact_ ? name_ : name_ + "*"; }

  bool operator==(const TypePattern&) const = default;

 private:
  std::string name_;
  bool exact_ = false;
};

}  // namespace ox
