// A stream of syslog frames, in two pieces, and its messages as events. The first byte says where
// it is cut.
#include "common/ingest/syslog/syslog_events.h"
#include "common/ingest/syslog/syslog_frames.h"
#include "proto/event_view.h"
#include "proto/raw_value.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_syslog {
namespace {

constexpr std::size_t kFuzzMaxFrame = 1000;

void check_message(std::string_view text) {
  static SyslogEvents events(*TypeTemplate::parse("{name|syslog}"));
  static const StreamPeer peer{.host = "node", .address = "local"};
  SyslogEvents::Event event;
  OX_CHECK(events.make(text, peer, Seconds(1'700'000'000), false, event).ok());
  OX_CHECK(!event.type.empty() && event.type.size() <= 63 && event.host.size() <= 255);
  std::size_t used = 0;
  OX_CHECK(Decoded::decode(event.body, &used).ok() && used == event.body.size());
  const RawValue body = *RawValue(event.body).find("body");
  const std::string_view message = *body.find("message")->as_text();
  // Nothing is lost behind the header but what ends the message.
  const std::string_view header = events.header();
  OX_CHECK(text.starts_with(header) && text.substr(header.size()).starts_with(message));
  for (char c : text.substr(header.size() + message.size()))
    OX_CHECK(c == '\n' || c == '\r' || c == '\0');
}

}  // namespace

OX_FUZZ_TARGET(syslog, std::string_view input) {
  if (input.empty()) return;
  const std::size_t cut = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  check_message(input);

  SyslogFrames frames(kFuzzMaxFrame);
  SyslogFrames::Frame frame;
  std::size_t at = 0;
  for (std::string_view seen : {input.substr(0, cut), input}) {
    for (;;) {
      const std::size_t before = at;
      const auto outcome = frames.next(seen, at, frame);
      if (outcome == SyslogFrames::Outcome::kBroken || outcome == SyslogFrames::Outcome::kPickle)
        return;
      if (outcome == SyslogFrames::Outcome::kMore) break;
      OX_CHECK(at > before && at <= seen.size() && frame.text.size() <= kFuzzMaxFrame);
      check_message(frame.text);
    }
  }
  if (frames.rest(input.substr(at), frame)) check_message(frame.text);
}

}  // namespace ox::fuzz_syslog
