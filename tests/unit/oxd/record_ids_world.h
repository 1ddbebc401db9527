#pragma once
// Processes that take record ids, and the collector that leases them, in a world where everything
// goes wrong that may: the collector's clock jumps years either way, its machine stops in the middle
// of a write and keeps what it pleases, processes are killed, answers are lost, and any request may
// come again at any time. The world notes every id that was handed out.
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/ingest/record_id_cursor.h"
#include "oxd/control/record_leases.h"
#include "tests/support/simulated_disk.h"

namespace ox {

class RecordIdsWorld {
 public:
  explicit RecordIdsWorld(std::uint64_t seed);

  // One thing happens, at random.
  void step();
  // The collector's machine stops, with `keep`, and starts again.
  void crash(SimulatedDisk::Keep keep);

  // Ids that were handed out twice, and ids that a process got out of order; "" when there are none.
  std::string violations() const;
  std::uint64_t ids() const;
  std::uint64_t takes() const { return taken_.size(); }
  std::uint64_t refusals() const { return refusals_; }  // take() without an id

  SimulatedDisk& disk() { return disk_; }
  bool clock_jumps = true;

 private:
  struct Process {
    Process(std::uint32_t lanes, std::uint64_t called) : cursor(lanes), number(called) {}
    RecordIdCursor cursor;
    std::uint64_t number;
    std::uint64_t last = 0;
    std::uint64_t went_back = 0;
  };
  struct Taken {
    std::uint64_t first;
    std::uint32_t count;
    std::uint64_t process;
  };

  std::uint64_t random(std::uint64_t below);
  void start_collector();
  void turn_clock();
  void take(Process& process);
  void renew(Process& process);
  void release(Process& process);
  // What the collector answers, as it arrives.
  std::optional<RecordIdReply> ask(const RecordIdRequest& request);
  std::unique_ptr<Process> new_process();

  std::mt19937_64 random_;
  SimulatedDisk disk_;
  FakeClock clock_{Seconds(1'800'000'000)};
  Metrics metrics_;
  bool fresh_ = true;
  std::unique_ptr<RecordLeases> collector_;
  std::vector<std::unique_ptr<Process>> processes_;
  std::uint64_t next_process_ = 1;
  std::vector<RecordIdRequest> sent_;  // to come again
  std::vector<Taken> taken_;
  std::vector<std::string> out_of_order_;
  std::uint64_t refusals_ = 0;
};

}  // namespace ox
