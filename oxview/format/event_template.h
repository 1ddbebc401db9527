#pragma once
// Text with fields of an event in it: "{ts} {host}: {body.user}". {{ and }} are braces.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "oxview/format/event_fields.h"

namespace ox {

class EventTemplate {
 public:
  // `text`, then the value of `field`, unless it is the last part.
  struct Part {
    std::string text;
    std::optional<EventField> field;
  };

  // Error: kInvalid, with the character (from 1) at which it is wrong.
  static Result<EventTemplate> parse(std::string_view text);

  const std::vector<Part>& parts() const { return parts_; }

 private:
  std::vector<Part> parts_;
};

}  // namespace ox
