#pragma once
// Header fields of a request, and the small grammars in their values (RFC 9110).
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ox {

// ASCII only, as HTTP's names are.
bool equals_ignoring_case(std::string_view a, std::string_view b);
// Without spaces and tabs at both ends.
std::string_view trim_ows(std::string_view text);
// A non-empty token (RFC 9110 section 5.6.2), as names of methods and fields are.
bool is_token(std::string_view text);

// Views into the request's head: good as long as the request.
struct HttpField {
  std::string_view name;
  std::string_view value;  // without white space around it
};

class HttpFields {
 public:
  void add(std::string_view name, std::string_view value) { fields_.push_back({name, value}); }
  void reserve(std::size_t n) { fields_.reserve(n); }
  // The value of the first field called `name` in any case, or nullopt.
  std::optional<std::string_view> find(std::string_view name) const;
  // The same, or `otherwise`.
  std::string_view get(std::string_view name, std::string_view otherwise = {}) const;
  std::vector<std::string_view> all(std::string_view name) const;
  // True when one of the comma-separated elements of the fields called `name` is `token`.
  bool has_token(std::string_view name, std::string_view token) const;

  std::size_t size() const { return fields_.size(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<HttpField> fields_;
};

// The elements of a comma-separated list, trimmed; empty ones are left out.
std::vector<std::string_view> split_list(std::string_view value);

// A Content-Type: "Text/Plain; Charset=UTF-8" has the type "text/plain" and charset "UTF-8".
struct MediaType {
  std::string type;                                             // in lower case
  std::vector<std::pair<std::string, std::string>> parameters;  // names in lower case, unquoted

  const std::string* parameter(std::string_view name) const;
  // nullopt when `value` is no type/subtype with well-formed parameters.
  static std::optional<MediaType> parse(std::string_view value);
};

}  // namespace ox
