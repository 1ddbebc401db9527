#pragma once
// The frames of RELP, version 0 (rsyslog's Reliable Event Logging Protocol, doc/relp.html of
// librelp):
//   TXNR SP COMMAND SP DATALEN [SP DATA] LF       "2 syslog 18 <13>hello, relp!\n.."
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ox {

struct RelpFrame {
  std::uint32_t transaction = 0;  // 1 to 999999999; 0 for hints, which nobody answers
  std::string_view command;       // letters
  std::string_view data;
};

enum class RelpOutcome {
  kFrame,
  kMore,    // bytes are missing
  kBroken,  // no frame, or with more data than the limit
};

// The frame of `bytes` at `at`, which is moved behind it. Views `bytes`.
RelpOutcome next_relp_frame(std::string_view bytes, std::size_t& at, std::size_t max_data,
                            RelpFrame& out);

void append_relp_frame(std::string& out, const RelpFrame& frame);

}  // namespace ox
