// What a Beat sends, in pieces of the size that the first byte says: the frames must be the same as
// in one piece, and a session must live through them.
#include <algorithm>
#include <string>
#include <vector>

#include "common/ingest/feed/beats_session.h"
#include "proto/event_view.h"
#include "tests/fuzz/target.h"
#include "tests/unit/stream/played_connection.h"

namespace ox::fuzz_lumberjack {
namespace {

LumberjackLimits small_limits() {
  return {.window = 10'000, .event = 64 << 10, .inflated = 256 << 10};
}

struct LumberjackFrames {
  std::vector<std::string> frames;  // each as text
  bool broken = false;
};

LumberjackFrames frames_in(std::string_view bytes, std::size_t step) {
  LumberjackReader reader(small_limits());
  LumberjackReader::Frame frame;
  LumberjackFrames out;
  std::size_t at = 0;
  for (std::size_t end = 0; end < bytes.size();) {
    end = std::min(end + step, bytes.size());
    std::string_view rest = bytes.substr(at, end - at);
    while (true) {
      const auto answer = reader.next(rest, frame);
      if (answer == LumberjackReader::Answer::kMore) break;
      if (answer == LumberjackReader::Answer::kBroken) {
        out.broken = true;
        return out;
      }
      out.frames.push_back(std::to_string(frame.number) + frame.version + std::string(frame.json) +
                           std::string(frame.pairs));
    }
    at = end - rest.size();
    OX_CHECK(reader.wanted() == 0 || reader.wanted() > rest.size());
  }
  return out;
}

// Of compressed bytes that are damaged, what came before the damage may be there or not, by how much of
// it was looked at together; nothing else depends on the pieces.
bool same_frames(const LumberjackFrames& a, const LumberjackFrames& b) {
  if (a.broken != b.broken) return false;
  const std::size_t both = std::min(a.frames.size(), b.frames.size());
  return (a.broken || a.frames.size() == b.frames.size()) &&
         std::equal(a.frames.begin(), a.frames.begin() + static_cast<std::ptrdiff_t>(both),
                    b.frames.begin());
}

}  // namespace

OX_FUZZ_TARGET(lumberjack, std::string_view input) {
  set_log_level(LogLevel::kError);
  if (input.empty()) return;
  const std::size_t step = static_cast<unsigned char>(input.front()) % 64 + 1;
  input.remove_prefix(1);
  OX_CHECK(same_frames(frames_in(input, step), frames_in(input, input.size() + 1)));

  Metrics metrics;
  FakeClock clock;
  BeatsOptions options;
  options.events.word = options.events.usual_type = "beats";
  options.limits = small_limits();
  BeatsProtocol protocol(options, metrics, clock);
  PlayedConnection connection;
  connection.most_under_way = 2;
  auto session = protocol.open(connection);
  for (std::size_t i = 0; i < input.size() && !connection.aborted; i += step) {
    connection.feed(*session, input.substr(i, step));
    if (connection.aborted) break;
    session->settle();
    session->tick();
    connection.answer(1);
    clock.advance(Seconds(3));
  }
  connection.answer();
  for (const std::string& body : connection.gate.bodies) {
    std::size_t used = 0;
    OX_CHECK(Decoded::decode(body, &used).ok() && used == body.size());
  }
}

}  // namespace ox::fuzz_lumberjack
