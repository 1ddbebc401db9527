// The first byte of the input chooses: bytes as a peer sent them, or a payload that gets a header
// with right CRCs, so that what lies behind the CRCs is reached as well.
#include <memory>

#include "common/base/bytes.h"
#include "common/base/crc32c.h"
#include "proto/batch.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_batch {

static std::string with_right_crcs(std::string_view input) {
  std::string bytes(kBatchHeaderSize, '\0');
  std::string_view payload = input.size() < 4 ? std::string_view() : input.substr(4);
  auto length = static_cast<std::uint32_t>(payload.size());
  bytes.replace(0, 4, "OXB1");
  if (input.size() >= 4) bytes.replace(40, 4, input.substr(0, 4));  // the event count
  store_le(bytes.data() + 48, length);
  store_le(bytes.data() + 52, length);
  store_le(bytes.data() + 56, crc32c(payload));
  store_le(bytes.data() + 4, crc32c(std::string_view(bytes).substr(8)));
  return bytes.append(payload);
}

static void check(const Batch& batch) {
  BatchBuilder builder(kMaxBatchBytes);
  BatchCursor cursor(batch);
  BatchEvent event;
  std::uint32_t count = 0;
  std::uint64_t body_bytes = 0;
  for (; cursor.next(event); ++count) {
    OX_CHECK(event.pair < batch.pairs().size());
    const PairSummary& pair = batch.pairs()[event.pair];
    OX_CHECK(builder.fits(pair.type, pair.host, event.body.size()));
    builder.add(pair.type, pair.host, event.end, event.body);
    body_bytes += event.body.size();
  }
  OX_CHECK(count == batch.event_count() && body_bytes == batch.body_bytes());
  if (count == 0) return;
  BatchPtr sealed = builder.seal(batch.id(), batch.header().sealed_at);
  BatchError error = BatchError::kNone;
  BatchPtr again = Batch::open(sealed, sealed->bytes(), error);
  OX_CHECK(again != nullptr && again->event_count() == count);
}

OX_FUZZ_TARGET(batch, std::string_view input) {
  if (input.empty()) return;
  bool raw = (input[0] & 1) != 0;
  input.remove_prefix(1);
  auto bytes = std::make_shared<std::string>(raw ? std::string(input) : with_right_crcs(input));
  bytes->shrink_to_fit();
  BatchError error = BatchError::kNone;
  std::string detail;
  BatchPtr batch = Batch::open(bytes, *bytes, error, &detail);
  OX_CHECK((batch != nullptr) == (error == BatchError::kNone));
  OX_CHECK(batch != nullptr || !detail.empty());
  if (batch != nullptr) check(*batch);
}

}  // namespace ox::fuzz_batch
