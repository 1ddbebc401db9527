#include "oxview/event_header.h"
#include "oxview/format/event_format.h"
#include "oxview/format/highlight.h"
#include "proto/json.h"

namespace ox {
namespace {

class PrettyFormat : public EventFormat {
 public:
  PrettyFormat(const FieldList& fields, const FormatStyle& style)
      : fields_(fields), style_(style) {}

  Status append(std::string& out, std::string_view event) override {
    OX_ASSIGN_OR_RETURN(Decoded decoded, decode_event(event));
    append_header(out, decoded, event);
    append_document(out, event, decoded, 0);
    out += '\n';
    return ok_status();
  }

  // Under the header of the last, the root.
  Status append_group(std::string& out, const std::vector<std::string>& events) override {
    std::vector<Decoded> decoded;
    for (const std::string& event : events) {
      OX_ASSIGN_OR_RETURN(Decoded one, decode_event(event));
      decoded.push_back(std::move(one));
    }
    append_header(out, decoded.back(), events.back());
    for (std::size_t i = 0; i < events.size(); ++i) {
      out += i == 0 ? "[\n    " : ",\n    ";
      append_document(out, events[i], decoded[i], 1);
    }
    out += "\n]\n";
    return ok_status();
  }

 private:
  void append_header(std::string& out, const Decoded& decoded, std::string_view event) const {
    out += '\n';
    const std::size_t begin = out.size();
    append_event_header(out, decoded.root(), style_.controls());
    if (style_.colours) {
      const RawValue level = BodySlices::of(EventSlices::of(event).body).level;
      colour_line(out, begin, {0, out.size() - begin, level_colour(level)}, std::nullopt);
    }
    out += '\n';
  }

  void append_document(std::string& out, std::string_view event, const Decoded& decoded,
                       int level) {
    if (fields_.empty()) return append_pretty_json(out, decoded.root(), level);
    reader_.set(event);
    packed_.clear();
    pack_fields(packed_, reader_, fields_);
    if (auto chosen = Decoded::decode(packed_); chosen.ok())
      append_pretty_json(out, chosen->root(), level);
  }

  const FieldList fields_;
  const FormatStyle style_;
  FieldReader reader_;
  std::string packed_;
};

}  // namespace

std::unique_ptr<EventFormat> make_pretty_format(const FieldList& fields, const FormatStyle& style) {
  return std::make_unique<PrettyFormat>(fields, style);
}

}  // namespace ox
