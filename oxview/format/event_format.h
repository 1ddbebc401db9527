#pragma once
// What an event looks like on standard output: one class for each value of --output.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "oxview/format/event_fields.h"
#include "oxview/format/event_template.h"
#include "oxview/line_pattern.h"
#include "proto/event_view.h"
#include "proto/utf8.h"

namespace ox {

// Threading: one thread.
class EventFormat {
 public:
  virtual ~EventFormat() = default;

  // What stands above all events.
  virtual void append_head(std::string&) const {}
  // Error: the bytes are not one MessagePack value (kCorrupt, kTooLarge); nothing is appended then.
  virtual Status append(std::string& out, std::string_view event) = 0;
  // What stands between events that are no neighbours (--context): a line, or nothing.
  virtual std::string_view separator() const { return "--\n"; }
  // Events that belong together; unless the format has lists, one behind the other.
  virtual Status append_group(std::string& out, const std::vector<std::string>& events);
};

struct FormatSpec {
  enum class Kind { kJson, kPretty, kShort, kCsv, kMsgpack, kTemplate };
  Kind kind = Kind::kJson;
  FieldList fields;    // empty: the whole event
  EventTemplate text;  // kTemplate
};

// What a format does for the sake of whoever looks at it.
struct FormatStyle {
  bool terminal = false;
  bool colours = false;
  std::optional<LinePattern> highlight;  // with colours: what was searched for

  // In text that is not escaped anyway.
  Controls controls() const { return terminal ? Controls::kEscape : Controls::kKeep; }
};

std::unique_ptr<EventFormat> make_format(const FormatSpec& spec, const FormatStyle& style);

// A line of JSON; with fields an object of them, in their order.
std::unique_ptr<EventFormat> make_json_format(const FieldList& fields, const FormatStyle& style);
// A header line above indented JSON with sorted keys.
std::unique_ptr<EventFormat> make_pretty_format(const FieldList& fields, const FormatStyle& style);
// One line for people: time, level, host, type, message.
std::unique_ptr<EventFormat> make_short_format(const FormatStyle& style);
// RFC 4180, with a header row.
std::unique_ptr<EventFormat> make_csv_format(const FieldList& fields, const FormatStyle& style);
// The bytes of the event as they are; with fields a map of them.
std::unique_ptr<EventFormat> make_msgpack_format(const FieldList& fields);
std::unique_ptr<EventFormat> make_template_format(const EventTemplate& text,
                                                  const FormatStyle& style);

// For formats. The errors of EventFormat::append(): `event` is one value and nothing more.
Result<Decoded> decode_event(std::string_view event);
Status check_event(std::string_view event);
// Appends a MessagePack map of the fields of `event`, nil for what is not there.
void pack_fields(std::string& out, FieldReader& reader, const FieldList& fields);

}  // namespace ox
