#include "oxview/format/event_format.h"

namespace ox {
namespace {

class TemplateFormat : public EventFormat {
 public:
  TemplateFormat(const EventTemplate& text, const FormatStyle& style)
      : text_(text), style_(style) {}

  Status append(std::string& out, std::string_view event) override {
    OX_RETURN_IF_ERROR(check_event(event));
    reader_.set(event);
    for (const EventTemplate::Part& part : text_.parts()) {
      out += part.text;
      if (part.field) append_bare(out, reader_.value(*part.field), style_.controls());
    }
    out += '\n';
    return ok_status();
  }

 private:
  const EventTemplate text_;
  const FormatStyle style_;
  FieldReader reader_;
};

}  // namespace

std::unique_ptr<EventFormat> make_template_format(const EventTemplate& text,
                                                  const FormatStyle& style) {
  return std::make_unique<TemplateFormat>(text, style);
}

}  // namespace ox
