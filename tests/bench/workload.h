#pragma once
// The events that the senders of tests/bench send: whole MessagePack maps as clients make them, from a fixed
// seed, so that each run and each machine sends the same bytes. All are made before the clock starts, and
// sent in turn, as often as it takes.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/status.h"

namespace ox {

enum class WorkloadKind {
  kWeb,        // a line of a web server's access log, as fields
  kJson,       // an application's log record
  kCounter,    // a small figure with tags
  kTraceback,  // an exception with a stack of Python's
};

struct WorkloadOptions {
  WorkloadKind kind = WorkloadKind::kWeb;
  std::size_t event_bytes = 200;  // of each event exactly; 0: as such events are, of various sizes
  std::size_t types = 10;
};

class Workload {
 public:
  // Errors: kInvalid: no such kind of event is as small as event_bytes, or there are no types.
  static Result<Workload> make(const WorkloadOptions& options);

  struct Event {
    std::size_t type = 0;  // index into types()
    double end = 0;
    std::string bytes;
  };
  // The nth event that is sent.
  const Event& event(std::uint64_t n) const { return events_[n % events_.size()]; }
  const std::vector<std::string>& types() const { return types_; }
  // Of the first so many events together.
  std::uint64_t total_bytes(std::uint64_t events) const;

  static constexpr const char* kHost = "web-7.example.org";

 private:
  std::vector<std::string> types_;
  std::vector<Event> events_;
};

}  // namespace ox
