// A stream of RELP frames: what is read is what would be written.
#include <string>

#include "common/ingest/syslog/relp_frame.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_relp {

OX_FUZZ_TARGET(relp, std::string_view input) {
  RelpFrame frame;
  for (std::size_t at = 0;;) {
    const std::size_t before = at;
    if (next_relp_frame(input, at, 1000, frame) != RelpOutcome::kFrame) {
      OX_CHECK(at == before);
      return;
    }
    OX_CHECK(at > before && at <= input.size() && frame.data.size() <= 1000);
    std::string written;
    append_relp_frame(written, frame);
    RelpFrame again;
    std::size_t end = 0;
    OX_CHECK(next_relp_frame(written, end, 1000, again) == RelpOutcome::kFrame);
    OX_CHECK(end == written.size() && again.transaction == frame.transaction);
    OX_CHECK(again.command == frame.command && again.data == frame.data);
  }
}

}  // namespace ox::fuzz_relp
