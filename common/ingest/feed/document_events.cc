#include "common/ingest/feed/document_events.h"

#include <fmt/format.h>

#include "common/base/quantity.h"
#include "common/ingest/model/text.h"
#include "proto/batch.h"

namespace ox {

Status DocumentEvents::make(EventModel& model, RawValue document, std::string_view host, double now,
                            EventGroup::Event& made) {
  event_.clear();
  event_.host = host;
  event_.end = now;
  OX_RETURN_IF_ERROR(model.fill(document, event_));
  event_.host = cut_bytes(event_.host, kMaxNameBytes);
  if (event_.type.empty()) event_.type = options_.usual_type;
  if (options_.type) {
    options_.type->render(event_, options_.word, type_);
    event_.type = type_;
  }
  packed_.clear();
  OX_RETURN_IF_ERROR(event_.append_to(packed_));
  if (packed_.size() > options_.max_event_bytes)
    return Status(Code::kTooLarge,
                  fmt::format("an event takes {}; the most is {}", format_size(packed_.size()),
                              format_size(options_.max_event_bytes)));
  made = {event_.type, event_.host, event_.end, packed_};
  return ok_status();
}

}  // namespace ox
