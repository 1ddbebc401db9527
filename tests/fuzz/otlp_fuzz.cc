// An OTLP request: the first byte says whether it is protobuf or JSON. Each record is an event that
// can be read.
#include "common/ingest/api/otlp/otlp_json.h"
#include "common/ingest/api/otlp/otlp_protobuf.h"
#include "proto/event_view.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_otlp {
namespace {

constexpr WallTime kFuzzNow = Seconds(1'725'272'000);

Status check_otlp(const OtlpRecord& record) {
  ForeignEvent event;
  event.type = "t";
  fill_otlp_event(record, kFuzzNow, event);
  std::string stored;
  if (!event.append_to(stored).ok()) return ok_status();
  std::size_t used = 0;
  auto decoded = Decoded::decode(stored, &used);
  OX_CHECK(decoded.ok() && used == stored.size());
  OX_CHECK(RawValue(stored).find("body")->is_map());
  return ok_status();
}

}  // namespace

OX_FUZZ_TARGET(otlp, std::string_view input) {
  if (input.empty()) return;
  const bool json = input.front() % 2 == 1;
  input.remove_prefix(1);
  Status status = json ? read_otlp_json(input, check_otlp) : read_otlp_protobuf(input, check_otlp);
  OX_CHECK(status.ok() || !status.message().empty());
}

}  // namespace ox::fuzz_otlp
