// A JSON document as an event of the eventlog client library.
#include "common/ingest/model/eventlog_document.h"
#include "common/ingest/model/json_input.h"
#include "proto/event_view.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_eventlog_document {

OX_FUZZ_TARGET(eventlog_document, std::string_view input) {
  JsonInput json;
  std::string map;
  if (!json.append(input, map).ok()) return;
  EventlogDocument document;
  ForeignEvent event;
  event.type = "t";
  event.host = "h";
  const Status status = document.fill(RawValue(map), event);
  OX_CHECK(status.ok() == RawValue(map).is_map());
  std::string stored;
  if (!status.ok() || !event.append_to(stored).ok()) return;
  std::size_t used = 0;
  const auto decoded = Decoded::decode(stored, &used);
  OX_CHECK(decoded.ok() && used == stored.size());
  const RawValue body = *RawValue(stored).find("body");
  OX_CHECK(body.find("name")->as_text().has_value());
  OX_CHECK(body.find("level")->as_int().has_value());
  // However fields and metrics were written, they are maps.
  for (std::string_view section : {"fields", "metrics", "extra"})
    if (auto found = body.find(section)) OX_CHECK(found->is_map());
}

}  // namespace ox::fuzz_eventlog_document
