// The input is what follows the checksum, so that it is reached.
#include "common/base/bytes.h"
#include "common/base/crc32c.h"
#include "common/store/cutoffs.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_cutoffs {

OX_FUZZ_TARGET(cutoffs, std::string_view input) {
  (void)Cutoffs::decode(input, "/logs");
  std::string bytes = "OXCO";
  append_le(bytes, std::uint32_t{1});
  append_le(bytes, crc32c(input));
  bytes += input;
  auto cutoffs = Cutoffs::decode(bytes, "/logs");
  if (!cutoffs.ok()) {
    OX_CHECK(cutoffs.status().code() == Code::kCorrupt);
    return;
  }
  auto again = Cutoffs::decode(cutoffs->encode(), "/logs");
  OX_CHECK(again.ok());
  OX_CHECK(again->encode() == cutoffs->encode());
  const EventSlices none;
  for (const Cutoff& rule : cutoffs->rules()) {
    (void)rule.scope.fits_but_type(none);
    (void)cutoffs->implied(rule);
  }
}

}  // namespace ox::fuzz_cutoffs
