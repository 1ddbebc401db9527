#include "common/ingest/syslog/structured_data.h"

#include "common/ingest/model/pack.h"

namespace ox {
namespace {

// Of SD-NAME (RFC 5424, section 6): no blank, '=', ']', '"', and nothing that is not printable. The
// limit of 32 characters is not enforced; nor, kindly, that names are ASCII.
bool is_name_character(char c) {
  return static_cast<unsigned char>(c) > ' ' && c != '=' && c != ']' && c != '"' && c != '\x7f';
}

std::string_view take_sd_name(std::string_view& rest) {
  std::size_t size = 0;
  while (size < rest.size() && is_name_character(rest[size])) ++size;
  const std::string_view name = rest.substr(0, size);
  rest.remove_prefix(size);
  return name;
}

bool take_mark(std::string_view& rest, char mark) {
  if (rest.empty() || rest.front() != mark) return false;
  rest.remove_prefix(1);
  return true;
}

bool is_sd_escape(char c) { return c == '"' || c == '\\' || c == ']'; }

}  // namespace

bool StructuredData::take(std::string_view& text) {
  elements_.clear();
  parameters_.clear();
  std::string_view rest = text;
  do {
    if (!take_element(rest)) return false;
  } while (!rest.empty() && rest.front() == '[');
  // The end, or a blank in front of the message.
  if (!rest.empty() && rest.front() != ' ') return false;
  text = rest;
  return true;
}

bool StructuredData::take_element(std::string_view& rest) {
  if (!take_mark(rest, '[')) return false;
  Element element;
  element.id = take_sd_name(rest);
  if (element.id.empty()) return false;
  while (take_mark(rest, ' ')) {
    // A blank more, or in front of the ']', is what some senders write.
    if (rest.empty()) return false;
    if (rest.front() == ' ' || rest.front() == ']') continue;
    Parameter parameter;
    parameter.name = take_sd_name(rest);
    if (parameter.name.empty() || !take_mark(rest, '=') || !take_mark(rest, '"')) return false;
    std::size_t end = 0;
    while (end < rest.size() && rest[end] != '"') {
      if (rest[end] == '\\' && end + 1 < rest.size() && is_sd_escape(rest[end + 1])) {
        parameter.has_escapes = true;
        ++end;
      }
      ++end;
    }
    if (end >= rest.size()) return false;
    parameter.value = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    parameters_.push_back(parameter);
    ++element.parameters;
  }
  if (!take_mark(rest, ']')) return false;
  elements_.push_back(element);
  return true;
}

void StructuredData::append_to(std::string& out) const {
  pack_map_header(out, elements_.size());
  auto parameter = parameters_.begin();
  for (const Element& element : elements_) {
    pack_text(out, element.id);
    pack_map_header(out, element.parameters);
    for (std::size_t i = 0; i < element.parameters; ++i, ++parameter) {
      pack_text(out, parameter->name);
      if (!parameter->has_escapes) {
        pack_text(out, parameter->value);
        continue;
      }
      std::string value;
      const std::string_view raw = parameter->value;
      for (std::size_t at = 0; at < raw.size(); ++at) {
        if (raw[at] == '\\' && at + 1 < raw.size() && is_sd_escape(raw[at + 1])) ++at;
        value.push_back(raw[at]);
      }
      pack_text(out, value);
    }
  }
}

}  // namespace ox
