#pragma once
// STRUCTURED-DATA of RFC 5424, section 6.3, as one MessagePack map of maps:
//   [ex@1 a="b\"c"][two]  ->  {"ex@1": {"a": "b\"c"}, "two": {}}
// Names that come twice stay twice, in their order. \" \\ \] are escapes; before anything else a
// backslash is one.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ox {

// Keeps its memory between messages. Not thread-safe.
class StructuredData {
 public:
  // Takes the elements from the front of `text`, which is then moved behind them. False, with
  // `text` as it was, when there are none or they are broken.
  bool take(std::string_view& text);
  // Appends what was taken.
  void append_to(std::string& out) const;

 private:
  struct Element {
    std::string_view id;
    std::size_t parameters = 0;
  };
  struct Parameter {
    std::string_view name;
    std::string_view value;  // as it stands between the quotes
    bool has_escapes = false;
  };

  bool take_element(std::string_view& rest);

  std::vector<Element> elements_;
  std::vector<Parameter> parameters_;
};

}  // namespace ox
