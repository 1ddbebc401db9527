// Comma-separated values as RFC 4180 has them: CRLF behind each record, quotes where they are needed.
// What an event does not have is nothing at all, empty text is "".
#include "oxview/format/event_format.h"

namespace ox {
namespace {

constexpr std::string_view kUsualColumns = "ts,type,host,pid,id,level,name,message,body";

void append_csv_text(std::string& out, std::string_view text) {
  const bool quoted = text.empty() || text.find_first_of(",\"\r\n") != std::string_view::npos ||
                      text.front() == ' ' || text.back() == ' ';
  if (!quoted) {
    out += text;
    return;
  }
  out += '"';
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

class CsvFormat : public EventFormat {
 public:
  CsvFormat(const FieldList& fields, const FormatStyle& style) : fields_(fields), style_(style) {
    if (fields.empty()) fields_ = *parse_event_fields(kUsualColumns);
  }

  void append_head(std::string& out) const override {
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if (i > 0) out += ',';
      append_csv_text(out, fields_[i].name());
    }
    out += "\r\n";
  }

  // Every line is an event.
  std::string_view separator() const override { return ""; }

  Status append(std::string& out, std::string_view event) override {
    OX_RETURN_IF_ERROR(check_event(event));
    reader_.set(event);
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if (i > 0) out += ',';
      append_value(out, reader_.value(fields_[i]));
    }
    out += "\r\n";
    return ok_status();
  }

 private:
  void append_value(std::string& out, RawValue value) {
    if (!value.valid()) return;
    bare_.clear();
    append_bare(bare_, value, style_.controls());
    append_csv_text(out, bare_);
  }

  FieldList fields_;
  const FormatStyle style_;
  FieldReader reader_;
  std::string bare_;
};

}  // namespace

std::unique_ptr<EventFormat> make_csv_format(const FieldList& fields, const FormatStyle& style) {
  return std::make_unique<CsvFormat>(fields, style);
}

}  // namespace ox
