#include "oxview/event_header.h"

#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "proto/event_view.h"
#include "proto/json.h"

namespace ox {
namespace {

constexpr std::size_t kShortIdCharacters = 12;
constexpr double kLongSeconds = 2;
constexpr double kNoSensibleSeconds = -1e12;  // below, milliseconds would not fit an integer

bool present(const msgpack::object* value) { return value != nullptr && !value->is_nil(); }

// As Python's "%s" shows it: text bare, anything else as it is written.
void append_value(std::string& out, const msgpack::object* value, Controls controls) {
  if (!present(value)) {
    out += '?';
  } else if (auto text = as_text(*value)) {
    append_text(out, *text, controls);
  } else {
    append_json(out, *value);
  }
}

// The first characters of an id, valid UTF-8.
std::string short_id(const msgpack::object& id) {
  std::string text;
  append_value(text, &id, Controls::kKeep);
  std::size_t at = 0;
  for (std::size_t n = 0; n < kShortIdCharacters && at < text.size(); ++n)
    next_code_point(text, at);
  return text.substr(0, at);
}

void append_duration(std::string& out, double seconds) {
  if (seconds < kLongSeconds && seconds > kNoSensibleSeconds) {
    fmt::format_to(std::back_inserter(out), "{} ms", std::lround(seconds * 1000));
  } else {
    fmt::format_to(std::back_inserter(out), "{:.1f} s", seconds);
  }
}

}  // namespace

void append_event_header(std::string& out, const msgpack::object& event, Controls controls) {
  EventView view = EventView::of(event);
  auto start = view.start == nullptr ? std::nullopt : as_number(*view.start);
  auto end = view.end == nullptr ? std::nullopt : as_number(*view.end);
  out += "=== ";
  append_value(out, view.type, controls);
  out += " (";
  if (present(view.type) && present(view.id) && present(view.host) && present(view.pid) && start &&
      end) {
    append_text(out, short_id(*view.id), controls);
    out += '@';
    append_value(out, view.host, controls);
    out += ':';
    append_value(out, view.pid, controls);
    out += ")  (";
    append_duration(out, *end - *start);
  } else {
    append_value(out, view.id, controls);
  }
  out += ')';
}

}  // namespace ox
