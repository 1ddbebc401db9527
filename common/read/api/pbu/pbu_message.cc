#include "common/read/api/pbu/pbu_message.h"

#include <fmt/format.h>

#include "common/query/log_record.h"
#include "proto/json.h"

namespace ox {
namespace {

// A line end behind the last line begins no other.
void split_lines(std::string_view text, std::vector<std::string_view>& out) {
  while (true) {
    const std::size_t end = text.find_first_of("\r\n");
    out.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
    if (text.empty()) return;
  }
}

}  // namespace

std::optional<PbuMessage> PbuMessage::of(const EventSlices& event) {
  const auto time = record_time(event.end);
  if (!time) return std::nullopt;
  PbuMessage out;
  out.time = *time;
  out.level = pbu_level(record_level(event));
  const BodySlices body = BodySlices::of(event.body);
  out.logger = body.name.as_text().value_or(std::string_view());
  out.message = body.message.as_text().value_or(std::string_view());
  RawValue trace, exception, stack;
  for (const RawMap::Entry& entry : RawMap(event.body)) {
    if (entry.name == "lineno") out.line = entry.value.as_int().value_or(0);
    if (entry.name == "trace") trace = entry.value;
    if (entry.name == "exc_text") exception = entry.value;
    if (entry.name == "stack_info") stack = entry.value;
  }
  for (RawValue line : RawArray(trace))
    if (auto text = line.as_text()) out.more.push_back(*text);
  if (auto text = trace.as_text(); text && !text->empty()) out.more.push_back(*text);
  if (!out.more.empty()) return out;
  for (RawValue value : {exception, stack})
    if (auto text = value.as_text(); text && !text->empty()) out.more.push_back(*text);
  return out;
}

void PbuMessage::append_json(std::string& out) const {
  std::vector<std::string_view> lines;
  split_lines(message, lines);
  for (std::string_view text : more) split_lines(text, lines);
  fmt::format_to(std::back_inserter(out), R"({{"ts": {}, "name": )",
                 std::chrono::floor<Seconds>(time).count());
  append_json_string(
      out, fmt::format("{}:{}:{}", pbu_level_name(level, PbuLayout::kDated), logger, line));
  out += R"(, "msg": )";
  append_json_string(out, lines.front());
  for (std::size_t i = 1; i < lines.size(); ++i) {
    out += i == 1 ? R"(, "detail": [)" : ", ";
    append_json_string(out, lines[i]);
  }
  out += lines.size() > 1 ? "]}" : "}";
}

}  // namespace ox
