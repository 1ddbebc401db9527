#include "common/ingest/syslog/relp_frame.h"

#include <fmt/format.h>

#include "common/base/ascii.h"

namespace ox {
namespace {

constexpr std::size_t kMaxNumberDigits = 9;
constexpr std::size_t kMaxCommand = 32;

// Up to nine digits at `at`, and behind them something else, which is there already.
RelpOutcome take_relp_number(std::string_view bytes, std::size_t& at, std::uint32_t& out) {
  out = 0;
  const std::size_t begin = at;
  while (at < bytes.size() && is_digit(bytes[at])) {
    if (at - begin == kMaxNumberDigits) return RelpOutcome::kBroken;
    out = out * 10 + static_cast<std::uint32_t>(bytes[at++] - '0');
  }
  if (at == bytes.size()) return RelpOutcome::kMore;
  return at == begin ? RelpOutcome::kBroken : RelpOutcome::kFrame;
}

}  // namespace

RelpOutcome next_relp_frame(std::string_view bytes, std::size_t& at, std::size_t max_data,
                            RelpFrame& out) {
  std::size_t here = at;
  if (auto outcome = take_relp_number(bytes, here, out.transaction); outcome != RelpOutcome::kFrame)
    return outcome;
  if (bytes[here++] != ' ') return RelpOutcome::kBroken;
  const std::size_t command = here;
  while (here < bytes.size() && bytes[here] >= 'a' && bytes[here] <= 'z' &&
         here - command < kMaxCommand)
    ++here;
  if (here == bytes.size()) return RelpOutcome::kMore;
  if (here == command || bytes[here] != ' ') return RelpOutcome::kBroken;
  out.command = bytes.substr(command, here - command);
  ++here;
  std::uint32_t size = 0;
  if (auto outcome = take_relp_number(bytes, here, size); outcome != RelpOutcome::kFrame)
    return outcome;
  if (size > max_data) return RelpOutcome::kBroken;
  out.data = {};
  if (bytes[here] == ' ') {
    ++here;
    if (bytes.size() - here < size) return RelpOutcome::kMore;
    out.data = bytes.substr(here, size);
    here += size;
  } else if (size > 0) {
    return RelpOutcome::kBroken;
  }
  if (here == bytes.size()) return RelpOutcome::kMore;
  if (bytes[here] != '\n') return RelpOutcome::kBroken;
  at = here + 1;
  return RelpOutcome::kFrame;
}

void append_relp_frame(std::string& out, const RelpFrame& frame) {
  fmt::format_to(std::back_inserter(out), "{} {} {}", frame.transaction, frame.command,
                 frame.data.size());
  if (!frame.data.empty()) {
    out += ' ';
    out += frame.data;
  }
  out += '\n';
}

}  // namespace ox
