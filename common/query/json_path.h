#pragma once
// A place in a JSON document, as SQLite and MySQL name it: "$", then any of .key, ."quoted key", [3],
// and [#-1] for elements from the end; or in the short form that `->` takes a bare key or an index.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "proto/raw_value.h"

namespace ox {

class JsonPath {
 public:
  // The document itself.
  JsonPath() = default;
  // Error: kInvalid, quoting it. Up to 100 steps.
  static Result<JsonPath> parse(std::string_view text);
  // What stands to the right of `->`: a path when it begins with '$', otherwise one key, as it is.
  static Result<JsonPath> parse_operand(std::string_view text);
  static JsonPath of_index(std::int64_t index);

  // This path, and from there `next`.
  JsonPath then(const JsonPath& next) const;

  // The value there; kInvalid when there is none. Of a key that comes twice the first counts.
  RawValue find(RawValue document) const;

  // As SQLite's own JSON functions read it.
  std::string to_string() const;
  std::size_t size() const { return steps_.size(); }

 private:
  struct Step {
    std::string key;
    std::int64_t index = -1;    // of an array when not negative
    std::int64_t from_end = 0;  // [#-n] when positive; [#], behind the last, has index 2^62
  };

  std::vector<Step> steps_;
};

}  // namespace ox
