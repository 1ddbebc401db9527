#pragma once
// How far followed files were read, where nobody acknowledges (--v3): at least once. What was
// handed to ZeroMQ may still be there and nowhere else when we are killed, so a position is
// recorded only when so many more events were handed over that the one in front of it must have
// left; after a crash the last ones are sent again. One thread.
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/ingest/event_sink.h"
#include "oxingest/state_directory.h"

namespace ox {

class SentPositions {
 public:
  // What ZeroMQ may hold of us: its queue (V3Transport::kInZeroMq), and the few messages that it
  // has put together for one write.
  static constexpr std::uint64_t kInDoubt = 256;

  // An event's source is the index of its journal in `state`, which must outlive this.
  explicit SentPositions(IngestState& state) : state_(state) {}

  // The next event was taken.
  void taken(const IngestEvent& event);
  // The first `sent` of the events taken were handed over; `all`: and have certainly left. Makes
  // safe what that means for the files. Errors: kIo, kNoSpace.
  Status record(std::uint64_t sent, bool all);

 private:
  // One for a good many events: a position in front of some of them will do.
  static constexpr std::uint64_t kStep = 64;
  struct Mark {
    std::uint64_t number;  // of the last event in front of the position, from 1
    SourceNumber source;
    std::string position;
    std::uint64_t first;  // number of the first event it stands for
  };

  IngestState& state_;
  std::uint64_t taken_ = 0;
  std::deque<Mark> marks_;
};

}  // namespace ox
