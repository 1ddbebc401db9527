#pragma once
// What eventlog's client library sends, and what Logstash's clients send to the same place.
#include <string_view>

#include "common/ingest/api/upload/event_model.h"
#include "common/ingest/model/eventlog_document.h"
#include "common/ingest/model/log_document.h"

namespace ox {

inline constexpr std::string_view kEventlogClientType = "eventlog";

class EventlogModel : public EventModel {
 public:
  Status fill(RawValue document, ForeignEvent& event) override {
    if (!document.is_map() || !document.find("@timestamp")) return eventlog_.fill(document, event);
    fill_log_document(document, event);
    return ok_status();
  }

 private:
  EventlogDocument eventlog_;
};

}  // namespace ox
