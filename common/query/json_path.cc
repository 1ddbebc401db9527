#include "common/query/json_path.h"

#include <algorithm>
#include <charconv>

#include "common/base/ascii.h"

namespace ox {
namespace {

constexpr std::size_t kMaxSteps = 100;
constexpr std::int64_t kBehindTheLast = std::int64_t{1} << 62;

Status bad_json_path(std::string_view text) {
  return Status(Code::kInvalid, "bad JSON path '" + std::string(text) + "'");
}

bool take_index(std::string_view& rest, std::int64_t& index) {
  if (rest.empty() || !is_digit(rest[0])) return false;
  auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), index);
  if (error != std::errc() || index > INT32_MAX) return false;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return true;
}

bool take_char(std::string_view& rest, char c) {
  if (!rest.starts_with(c)) return false;
  rest.remove_prefix(1);
  return true;
}

bool take_key(std::string_view& rest, std::string& key) {
  if (take_char(rest, '"')) {
    const std::size_t end = rest.find('"');
    if (end == std::string_view::npos) return false;
    key = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return true;
  }
  key = rest.substr(0, rest.find_first_of(".["));
  rest.remove_prefix(key.size());
  // MySQL's wildcards would be keys otherwise.
  return !key.empty() && key != "*";
}

}  // namespace

Result<JsonPath> JsonPath::parse(std::string_view text) {
  JsonPath path;
  std::string_view rest = text;
  if (!take_char(rest, '$')) return bad_json_path(text);
  while (!rest.empty()) {
    Step step;
    if (take_char(rest, '.')) {
      if (!take_key(rest, step.key)) return bad_json_path(text);
    } else if (take_char(rest, '[')) {
      if (take_char(rest, '#')) {
        step.index = kBehindTheLast;
        if (take_char(rest, '-') && !take_index(rest, step.from_end)) return bad_json_path(text);
      } else if (!take_index(rest, step.index)) {
        return bad_json_path(text);
      }
      if (!take_char(rest, ']')) return bad_json_path(text);
    } else {
      return bad_json_path(text);
    }
    path.steps_.push_back(std::move(step));
    if (path.steps_.size() > kMaxSteps)
      return Status(Code::kInvalid,
                    "a JSON path has at most " + std::to_string(kMaxSteps) + " steps");
  }
  return path;
}

Result<JsonPath> JsonPath::parse_operand(std::string_view text) {
  if (text.starts_with('$')) return parse(text);
  JsonPath path;
  path.steps_.emplace_back().key = text;
  return path;
}

JsonPath JsonPath::of_index(std::int64_t index) {
  JsonPath path;
  Step& step = path.steps_.emplace_back();
  step.index = index >= 0 ? index : kBehindTheLast;
  step.from_end = index >= 0 ? 0 : -std::max<std::int64_t>(index, INT32_MIN);
  return path;
}

JsonPath JsonPath::then(const JsonPath& next) const {
  JsonPath path = *this;
  path.steps_.insert(path.steps_.end(), next.steps_.begin(), next.steps_.end());
  return path;
}

RawValue JsonPath::find(RawValue value) const {
  for (const Step& step : steps_) {
    if (step.index < 0) {
      auto found = value.find(step.key);
      if (!found) return RawValue();
      value = *found;
      continue;
    }
    if (!value.is_array()) return RawValue();
    std::int64_t index = step.index;
    if (step.from_end > 0) index = static_cast<std::int64_t>(value.size()) - step.from_end;
    RawValue found;
    if (index >= 0) {
      std::int64_t at = 0;
      for (RawValue element : RawArray(value)) {
        if (at++ != index) continue;
        found = element;
        break;
      }
    }
    if (!found.valid()) return RawValue();
    value = found;
  }
  return value;
}

std::string JsonPath::to_string() const {
  std::string text = "$";
  for (const Step& step : steps_) {
    if (step.index < 0) {
      text += ".\"" + step.key + '"';
    } else if (step.from_end > 0) {
      text += "[#-" + std::to_string(step.from_end) + "]";
    } else if (step.index == kBehindTheLast) {
      text += "[#]";
    } else {
      text += "[" + std::to_string(step.index) + "]";
    }
  }
  return text;
}

}  // namespace ox
