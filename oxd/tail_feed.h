#pragma once
// The seam between the writer, which knows where events lie, and the tail, which shows them.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "proto/batch.h"

namespace ox {

// Where the events of a batch lie in the log files: one for each event, in order.
struct TailPlaces {
  struct Place {
    std::uint32_t file = 0;  // index into files
    std::uint64_t offset = 0;
  };
  std::vector<std::string> files;  // paths below the log directory
  std::vector<Place> places;
};

// Threading: publish_tail() from one thread at a time; tail_wanted() from any.
class TailFeed {
 public:
  virtual ~TailFeed() = default;
  // True when somebody would see it: only then are places worth collecting.
  virtual bool tail_wanted() const = 0;
  // Every batch that may be shown, in order; never blocks. `places` may be null.
  virtual void publish_tail(const BatchPtr& batch, std::shared_ptr<const TailPlaces> places) = 0;
};

}  // namespace ox
