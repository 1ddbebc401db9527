// A JSON document as one of Logger's events, or as an array of them; and the parts of its text, which
// must be the values that were read.
#include "common/ingest/api/logger/eventlog_entry.h"
#include "common/ingest/api/logger/json_slices.h"
#include "common/ingest/model/json_input.h"
#include "proto/event_view.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_eventlog_entry {
namespace {

constexpr WallTime kReceived = Seconds(1'512'036'931);

void check_text(JsonInput& json, std::string_view text, RawValue value) {
  std::string again;
  OX_CHECK(json.append(text, again).ok() && again == value.bytes());
}

void check_entry(RawValue document) {
  EventlogEntry entry;
  auto error = entry.read(document);
  if (!error) error = entry.check();
  if (error) {
    OX_CHECK(error->status == 400 && error->type == "ValidationError" && !error->message.empty());
    return;
  }
  ForeignEvent event;
  const std::string id = entry.id(1);
  entry.fill(event, id, kReceived);
  event.type = "t";
  std::string stored;
  if (!event.append_to(stored).ok()) return;
  std::size_t used = 0;
  auto decoded = Decoded::decode(stored, &used);
  OX_CHECK(decoded.ok() && used == stored.size());
  OX_CHECK(RawValue(stored).find("id")->as_text() == id);
  RawValue body = *RawValue(stored).find("body");
  OX_CHECK(body.find("name")->as_text() == entry.facility());
  OX_CHECK(body.find("level")->as_int().has_value());
  OX_CHECK(!entry.timestamp().empty());
}

}  // namespace

OX_FUZZ_TARGET(eventlog_entry, std::string_view input) {
  // Of any bytes at all, the parts are within them.
  for (std::string_view part : json_elements(input))
    OX_CHECK(part.data() >= input.data() &&
             part.data() + part.size() <= input.data() + input.size());
  (void)json_member(input, "timestamp");

  JsonInput json;
  std::string document;
  if (!json.append(input, document).ok()) return;
  const RawValue root(document);
  if (!root.is_array()) {
    auto text = json_member(input, "timestamp");
    if (text) OX_CHECK(root.find("timestamp").has_value());
    check_entry(root);
    return;
  }
  const auto texts = json_elements(input);
  OX_CHECK(texts.size() == root.size());
  std::size_t i = 0;
  for (RawValue element : RawArray(root)) {
    check_text(json, texts[i++], element);
    check_entry(element);
  }
}

}  // namespace ox::fuzz_eventlog_entry
