#include "oxview/format/event_format.h"

namespace ox {
namespace {

class MsgpackFormat : public EventFormat {
 public:
  explicit MsgpackFormat(const FieldList& fields) : fields_(fields) {}

  std::string_view separator() const override { return ""; }

  Status append(std::string& out, std::string_view event) override {
    OX_RETURN_IF_ERROR(check_event(event));
    if (fields_.empty()) {
      out += event;
    } else {
      reader_.set(event);
      pack_fields(out, reader_, fields_);
    }
    return ok_status();
  }

 private:
  const FieldList fields_;
  FieldReader reader_;
};

}  // namespace

std::unique_ptr<EventFormat> make_msgpack_format(const FieldList& fields) {
  return std::make_unique<MsgpackFormat>(fields);
}

}  // namespace ox
