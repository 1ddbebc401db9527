// The body of a request to Fluentd's in_http, and its records as events. The first byte chooses the
// Content-Type; without one the body is the query.
#include <string>

#include "common/ingest/api/fluent/fluent_body.h"
#include "common/ingest/model/fluent_record.h"
#include "proto/event_view.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_fluent_body {

OX_FUZZ_TARGET(fluent_body, std::string_view input) {
  static constexpr std::string_view kTypes[] = {"application/x-www-form-urlencoded",
                                                "application/json", "application/x-ndjson",
                                                "application/msgpack", ""};
  if (input.empty()) return;
  const std::string_view type = kTypes[static_cast<unsigned char>(input.front()) % 5];
  input.remove_prefix(1);
  std::string records;
  const Status status = type.empty() ? append_fluent_records(type, input, "", records)
                                     : append_fluent_records(type, "", input, records);
  if (!status.ok()) {
    OX_CHECK(records.empty() && status.code() == Code::kInvalid && !status.message().empty());
    return;
  }
  // Any bytes are a tag.
  const TypeTemplate tag_type = fluent_type(input);
  for (std::string_view rest = records; !rest.empty();) {
    const RawValue record = RawValue::front_of(rest);
    OX_CHECK(record.is_map());
    rest.remove_prefix(record.bytes().size());
    ForeignEvent event;
    event.host = "h";
    fill_fluent_event(input, record, {}, event);
    std::string name;
    tag_type.render(event, "fluent", name);
    OX_CHECK(!name.empty() && name.size() <= 63);
    event.type = name;
    std::string stored;
    if (!event.append_to(stored).ok()) continue;
    std::size_t used = 0;
    OX_CHECK(Decoded::decode(stored, &used).ok() && used == stored.size());
  }
}

}  // namespace ox::fuzz_fluent_body
