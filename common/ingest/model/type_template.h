#pragma once
// How an event's type is made from its record: "app.{name}", "{service|unnamed}.{level}".
//   {type}    what the source would take without a template
//   {source}  which API or protocol it came by: "syslog", "fluent", ...
//   {name} {host} {level}  of the event; the level as a word, "error"
//   {other}   the value of that key of the body, when it is text; {a.b} goes into sections and maps
//   {f|text}  `text` when the record has no f, or an empty one; without it, "unknown"
//   {{ and }} are braces
// In values, blanks, control characters and bytes that are no UTF-8 become '_'. Of the whole, dots
// at the ends and doubled ones go, so that {f|} leaves no trace, and 63 bytes stay, all that
// BlueOx's frames have room for; a character is not cut in two. When nothing remains, {type} is
// taken. A value is never more than a part of a name: what a client sends cannot leave the log
// directory, as file names are encoded (proto/log_name.h); how many types it can make is bounded by
// oxd's --max-types.
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/ingest/model/foreign_event.h"
#include "proto/type_pattern.h"

namespace ox {

class TypeTemplate {
 public:
  // Errors: kInvalid, naming the column: "column 5: '{' without its '}'".
  static Result<TypeTemplate> parse(std::string_view text);

  // The type of `event`, whose name, host, level and fields are set and whose `type` is the default
  // one. Replaces `out`, which is not empty afterwards unless event.type is.
  void render(const ForeignEvent& event, std::string_view source, std::string& out) const;

  // The types that render() can give for events of `source`, where {type} is `usual`: as narrow as
  // the beginning of the template tells. For "app.{name}" they are "app.*": of a name that is
  // empty, or all dots, only "app" remains, which is none of them.
  TypePattern pattern(std::string_view usual, std::string_view source) const;

  // Same type for every event: render() need not be called again.
  bool constant() const;
  const std::string& text() const { return text_; }

 private:
  enum class Kind { kLiteral, kType, kSource, kName, kHost, kLevel, kField };
  struct Part {
    Kind kind = Kind::kLiteral;
    std::string text;      // the literal, or the path of the field
    std::string fallback;  // for a value that is missing
  };

  TypeTemplate() = default;

  std::string text_;
  std::vector<Part> parts_;
};

}  // namespace ox
