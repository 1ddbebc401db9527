// A push to Loki: the first byte chooses JSON, protobuf, a snappy block of protobuf, or a set of labels.
// Each entry is an event that can be read.
#include "common/ingest/api/loki/loki_json.h"
#include "common/ingest/api/loki/loki_labels.h"
#include "common/ingest/api/loki/loki_protobuf.h"
#include "common/ingest/api/loki/snappy_block.h"
#include "proto/event_view.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_loki {
namespace {

constexpr WallTime kFuzzNow = Seconds(1'725'272'000);
constexpr std::uint64_t kFuzzMost = 1 << 20;

Status check_loki(const LokiEntry& entry) {
  ForeignEvent event;
  fill_loki_event(entry, "tenant", kFuzzNow, event);
  event.type = "loki";
  std::string type;
  loki_type(entry.labels).render(event, "loki", type);
  OX_CHECK(!type.empty() && type.size() < 64);
  event.type = type;
  std::string stored;
  if (!event.append_to(stored).ok()) return ok_status();
  std::size_t used = 0;
  auto decoded = Decoded::decode(stored, &used);
  OX_CHECK(decoded.ok() && used == stored.size());
  OX_CHECK(RawValue(stored).find("body")->find("message")->as_text() == entry.line);
  return ok_status();
}

void check_labels(std::string_view text) {
  std::string out = "before";
  Status status = append_loki_labels(text, out);
  OX_CHECK(out.starts_with("before"));
  if (!status.ok()) {
    OX_CHECK(out.size() == 6 && status.code() == Code::kInvalid);
    return;
  }
  const RawValue labels(std::string_view(out).substr(6));
  OX_CHECK(labels.is_map() && skip_value(labels.bytes()) == labels.bytes().size());
}

}  // namespace

OX_FUZZ_TARGET(loki, std::string_view input) {
  if (input.empty()) return;
  const int what = input.front() % 4;
  input.remove_prefix(1);
  if (what == 0) (void)read_loki_json(input, check_loki);
  if (what == 1) (void)read_loki_protobuf(input, check_loki);
  if (what == 2) {
    auto plain = uncompress_snappy(input, kFuzzMost);
    if (!plain.ok()) return;
    OX_CHECK(plain->size() <= kFuzzMost);
    (void)read_loki_protobuf(*plain, check_loki);
  }
  if (what == 3) check_labels(input);
}

}  // namespace ox::fuzz_loki
