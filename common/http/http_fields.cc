#include "common/http/http_fields.h"

#include <algorithm>

namespace ox {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool is_token_char(char c) {
  if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) return true;
  return c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::size_t token_length(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && is_token_char(text[n])) ++n;
  return n;
}

// Reads a quoted-string at the front of `text` and moves `text` behind it.
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string out;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return out;
    }
    if (text[i] == '\\' && ++i == text.size()) break;
    out.push_back(text[i]);
  }
  return std::nullopt;
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim_ows(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool is_token(std::string_view text) { return !text.empty() && token_length(text) == text.size(); }

std::optional<std::string_view> HttpFields::find(std::string_view name) const {
  for (const HttpField& field : fields_)
    if (equals_ignoring_case(field.name, name)) return field.value;
  return std::nullopt;
}

std::string_view HttpFields::get(std::string_view name, std::string_view otherwise) const {
  return find(name).value_or(otherwise);
}

std::vector<std::string_view> HttpFields::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const HttpField& field : fields_)
    if (equals_ignoring_case(field.name, name)) values.push_back(field.value);
  return values;
}

bool HttpFields::has_token(std::string_view name, std::string_view token) const {
  for (const HttpField& field : fields_) {
    if (!equals_ignoring_case(field.name, name)) continue;
    for (std::string_view element : split_list(field.value))
      if (equals_ignoring_case(element, token)) return true;
  }
  return false;
}

std::vector<std::string_view> split_list(std::string_view value) {
  std::vector<std::string_view> elements;
  while (!value.empty()) {
    std::size_t end = value.find(',');
    std::string_view element = trim_ows(value.substr(0, end));
    value.remove_prefix(end == std::string_view::npos ? value.size() : end + 1);
    if (!element.empty()) elements.push_back(element);
  }
  return elements;
}

const std::string* MediaType::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters)
    if (key == name) return &value;
  return nullptr;
}

std::optional<MediaType> MediaType::parse(std::string_view value) {
  MediaType out;
  value = trim_ows(value);
  std::size_t main = token_length(value);
  if (main == 0 || main == value.size() || value[main] != '/') return std::nullopt;
  std::size_t sub = token_length(value.substr(main + 1));
  if (sub == 0) return std::nullopt;
  out.type = lower_case(value.substr(0, main + 1 + sub));
  value = trim_ows(value.substr(main + 1 + sub));
  while (!value.empty()) {
    if (value.front() != ';') return std::nullopt;
    value = trim_ows(value.substr(1));
    if (value.empty() || value.front() == ';') continue;  // "text/plain;" is common, and harmless
    std::size_t n = token_length(value);
    if (n == 0 || n == value.size() || value[n] != '=') return std::nullopt;
    std::string name = lower_case(value.substr(0, n));
    value.remove_prefix(n + 1);
    if (!value.empty() && value.front() == '"') {
      auto text = take_quoted(value);
      if (!text) return std::nullopt;
      out.parameters.emplace_back(std::move(name), std::move(*text));
    } else {
      n = token_length(value);
      if (n == 0) return std::nullopt;
      out.parameters.emplace_back(std::move(name), std::string(value.substr(0, n)));
      value.remove_prefix(n);
    }
    value = trim_ows(value);
  }
  return out;
}

}  // namespace ox
