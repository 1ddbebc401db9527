#include "oxview/format/event_format.h"
#include "oxview/format/highlight.h"
#include "proto/json.h"

namespace ox {
namespace {

class JsonFormat : public EventFormat {
 public:
  explicit JsonFormat(const FormatStyle& style) : style_(style) {}

  Status append(std::string& out, std::string_view event) override {
    OX_ASSIGN_OR_RETURN(Decoded decoded, decode_event(event));
    const std::size_t begin = out.size();
    append_json(out, decoded.root());
    end_line(out, begin);
    return ok_status();
  }

  // Programs read JSON; only people see what is none.
  std::string_view separator() const override { return style_.terminal ? "--\n" : ""; }

  Status append_group(std::string& out, const std::vector<std::string>& events) override {
    const std::size_t before = out.size();
    for (const std::string& event : events) {
      out += out.size() == before ? "[" : ", ";
      if (Status status = append(out, event); !status.ok()) {
        out.resize(before);
        return status;
      }
      out.pop_back();  // the end of the line
    }
    out += "]\n";
    return ok_status();
  }

 protected:
  void end_line(std::string& out, std::size_t begin) const {
    if (style_.colours) colour_line(out, begin, {}, style_.highlight);
    out += '\n';
  }

 private:
  const FormatStyle style_;
};

class JsonFieldsFormat : public JsonFormat {
 public:
  JsonFieldsFormat(const FieldList& fields, const FormatStyle& style)
      : JsonFormat(style), fields_(fields) {
    for (const EventField& field : fields_) append_json_string(keys_.emplace_back(), field.name());
  }

  Status append(std::string& out, std::string_view event) override {
    OX_RETURN_IF_ERROR(check_event(event));
    reader_.set(event);
    const std::size_t begin = out.size();
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      out += i == 0 ? "{" : ", ";
      out += keys_[i];
      out += ": ";
      append_value_json(out, reader_.value(fields_[i]));
    }
    out += '}';
    end_line(out, begin);
    return ok_status();
  }

 private:
  const FieldList fields_;
  std::vector<std::string> keys_;  // in quotes
  FieldReader reader_;
};

}  // namespace

std::unique_ptr<EventFormat> make_json_format(const FieldList& fields, const FormatStyle& style) {
  if (fields.empty()) return std::make_unique<JsonFormat>(style);
  return std::make_unique<JsonFieldsFormat>(fields, style);
}

}  // namespace ox
