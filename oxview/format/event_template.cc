#include "oxview/format/event_template.h"

#include <utility>

#include <fmt/format.h>

namespace ox {
namespace {

Status wrong_template(std::string_view what, std::size_t at) {
  return Status(Code::kInvalid, fmt::format("{}, at character {}", what, at + 1));
}

// Where the brace that ends the field lies; those in quotes are of the name.
std::size_t end_of_field(std::string_view text, std::size_t at) {
  char quote = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '}') {
      return at;
    }
  }
  return std::string_view::npos;
}

}  // namespace

Result<EventTemplate> EventTemplate::parse(std::string_view text) {
  EventTemplate parsed;
  parsed.parts_.emplace_back();
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string& plain = parsed.parts_.back().text;
    const char c = text[at];
    if (c != '{' && c != '}') {
      plain += c;
    } else if (at + 1 < text.size() && text[at + 1] == c) {
      plain += c;
      ++at;
    } else if (c == '}') {
      return wrong_template("'}' without '{' (a brace itself is '}}')", at);
    } else {
      const std::size_t end = end_of_field(text, at + 1);
      if (end == std::string_view::npos)
        return wrong_template("'{' without '}' (a brace itself is '{{')", at);
      auto field = EventField::parse(text.substr(at + 1, end - at - 1));
      if (!field.ok()) return wrong_template(field.status().message(), at + 1);
      parsed.parts_.back().field = std::move(*field);
      parsed.parts_.emplace_back();
      at = end;
    }
  }
  return parsed;
}

}  // namespace ox
