#include "common/read/api/chronologer/record_filter.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "common/base/ascii.h"
#include "common/ingest/api/chronologer/record_error.h"
#include "common/ingest/model/timestamp.h"
#include "common/read/query_test.h"

namespace ox {
namespace {

// ISO 8601 in many forms. "+02:00" that was not encoded arrives with a blank for the plus.
std::optional<WallTime> parse_bound(std::string_view text) {
  auto parsed = parse_timestamp(text);
  const std::size_t blank = text.rfind(' ');
  if (!parsed.ok() && blank != std::string_view::npos && blank > 0) {
    std::string with_plus(text);
    with_plus[blank] = '+';
    parsed = parse_timestamp(with_plus);
  }
  return parsed.ok() ? std::optional(parsed->at) : std::nullopt;
}

std::vector<std::string> prefixes_of(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view prefix = trimmed(list.substr(0, comma));
    if (!prefix.empty()) out.emplace_back(prefix);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return out;
}

bool begins_with_one(std::string_view name, const std::vector<std::string>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [name](std::string_view prefix) {
    return equal_ignoring_case(name.substr(0, prefix.size()), prefix);
  });
}

}  // namespace

std::variant<EventSelection, HttpError> read_record_filter(const HttpPairs& query,
                                                           const std::vector<TypePattern>& types,
                                                           const ScanJob& job) {
  EventSelection out;
  out.conditions.types = types;
  for (const char* name : {"after", "before"}) {
    const std::string* text = find_pair(query, name);
    if (text == nullptr) continue;
    const auto bound = parse_bound(*text);
    if (!bound) return value_error(fmt::format("time data '{}' is not supported", *text));
    (*name == 'a' ? out.conditions.since : out.conditions.until) = to_seconds(*bound);
  }
  if (const std::string* text = find_pair(query, "level")) {
    const std::string_view digits = trimmed(*text);
    int level = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), level);
    if (error != std::errc() || end != digits.data() + digits.size())
      return value_error(fmt::format("\"level\" must be an integer: '{}'", *text));
    out.conditions.min_level = level;
  }
  std::vector<std::string> prefixes;
  if (const std::string* text = find_pair(query, "name")) prefixes = prefixes_of(*text);
  if (!prefixes.empty())
    out.test = [prefixes = std::move(prefixes)](std::string_view,
                                                const EventSlices& slices) -> Result<bool> {
      const auto name = BodySlices::of(slices.body).name.as_text();
      return begins_with_one(name.value_or(std::string_view()), prefixes);
    };
  const std::string* expression = find_pair(query, "query");
  if (expression == nullptr || expression->empty()) return out;
  if (Status status = add_query(out, *expression, job); !status.ok())
    return HttpError{
        .status = 400, .message = std::string(kQueryComplaint), .type = "StorageQueryError"};
  return out;
}

}  // namespace ox
