#include <cmath>

#include "common/ingest/model/level.h"
#include "common/query/log_record.h"
#include "oxview/format/event_format.h"
#include "oxview/format/highlight.h"
#include "oxview/format/short_time.h"

namespace ox {
namespace {

constexpr std::size_t kLevelColumns = 8;  // "CRITICAL"
constexpr std::string_view kNotThere = "-";

// Text of an event, so that it keeps to its line.
void append_part(std::string& out, RawValue value) {
  if (!value.valid() || value.is_nil()) {
    out += kNotThere;
  } else if (auto text = value.as_text()) {
    append_text(out, *text, Controls::kEscape);
  } else {
    append_value_json(out, value);
  }
}

void append_padded(std::string& out, std::string_view text, std::size_t columns) {
  out += text;
  if (text.size() < columns) out.append(columns - text.size(), ' ');
}

void append_level(std::string& out, RawValue level) {
  auto number = level.as_number();
  if (!number || !(std::fabs(*number) < 1e6)) return append_padded(out, kNotThere, kLevelColumns);
  append_padded(out, level_name(static_cast<int>(std::floor(*number))), kLevelColumns);
}

class ShortFormat : public EventFormat {
 public:
  explicit ShortFormat(const FormatStyle& style) : style_(style) {}

  Status append(std::string& out, std::string_view event) override {
    OX_RETURN_IF_ERROR(check_event(event));
    const EventSlices slices = EventSlices::of(event);
    const BodySlices heads = BodySlices::of(slices.body);
    const std::size_t begin = out.size();
    append_short_time(out, record_time(slices.end));
    out += ' ';
    const std::size_t level = out.size();
    append_level(out, heads.level);
    const ColouredPart level_part{level - begin, out.size() - begin, level_colour(heads.level)};
    out += ' ';
    append_part(out, slices.host);
    out += ' ';
    append_part(out, slices.type);
    out += ' ';
    // What is no map has no body: it is shown itself.
    const bool is_event = RawValue(event).is_map();
    append_part(out, heads.message.as_text() ? heads.message
                     : is_event              ? slices.body
                                             : RawValue(event));
    if (style_.colours) colour_line(out, begin, level_part, style_.highlight);
    out += '\n';
    return ok_status();
  }

 private:
  const FormatStyle style_;
};

}  // namespace

std::unique_ptr<EventFormat> make_short_format(const FormatStyle& style) {
  return std::make_unique<ShortFormat>(style);
}

}  // namespace ox
