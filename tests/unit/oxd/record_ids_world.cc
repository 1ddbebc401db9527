#include "tests/unit/oxd/record_ids_world.h"

#include <algorithm>

#include <fmt/format.h>

#include "proto/event_view.h"

namespace ox {

static constexpr std::size_t kProcesses = 12;
static constexpr const char* kDirectory = "/spool";

RecordIdsWorld::RecordIdsWorld(std::uint64_t seed) : random_(seed), disk_(seed) {
  (void)disk_.make_directories(kDirectory);
  start_collector();
  for (std::size_t i = 0; i < kProcesses; ++i) processes_.push_back(new_process());
}

std::uint64_t RecordIdsWorld::random(std::uint64_t below) { return random_() % below; }

std::unique_ptr<RecordIdsWorld::Process> RecordIdsWorld::new_process() {
  return std::make_unique<Process>(1u << random(4), next_process_++);
}

void RecordIdsWorld::start_collector() {
  collector_ = std::make_unique<RecordLeases>(disk_, clock_, metrics_);
  collector_->open(kDirectory, fresh_);
  fresh_ = fresh_ && !collector_->problem().ok();
}

void RecordIdsWorld::crash(SimulatedDisk::Keep keep) {
  collector_.reset();
  disk_.crash(keep);
  start_collector();
}

void RecordIdsWorld::step() {
  auto& process = processes_[random(processes_.size())];
  switch (random(40)) {
    default:
      return take(*process);
    case 0:
    case 1:
    case 2:
    case 3:
      return clock_.advance(Millis(random(random(2) == 0 ? 1000 : 400'000)));
    case 4:
      if (clock_jumps) turn_clock();
      return;
    case 5:  // stops in an orderly way
      process->cursor.end();
      release(*process);
      process = new_process();
      return;
    case 6:  // is killed
      process = new_process();
      return;
    case 7:
      return crash(SimulatedDisk::Keep(random(4)));
    case 8:
      return disk_.crash_after(random(8));
    case 9:  // a request comes again, and nobody waits for the answer
    case 10:
      if (!sent_.empty()) (void)ask(sent_[random(sent_.size())]);
      return;
  }
}

void RecordIdsWorld::turn_clock() {
  const Micros most = Seconds(random(2) == 0 ? 3000 : 3 * 365 * 24 * 3600);
  const auto by = Micros(random(static_cast<std::uint64_t>(2 * most.count()))) - most;
  clock_.set_wall(std::clamp(clock_.wall() + by, WallTime(0), WallTime(Seconds(3'700'000'000))));
}

std::optional<RecordIdReply> RecordIdsWorld::ask(const RecordIdRequest& request) {
  // Over the wire and back, as it is sent.
  auto bytes = encode_record_id_request(request);
  auto decoded = Decoded::decode(bytes);
  auto arrived = decode_record_id_request(decoded->root());
  if (!arrived.ok()) return std::nullopt;
  auto reply = collector_->answer(*arrived);
  if (disk_.stopped()) crash(SimulatedDisk::Keep(random(4)));
  if (!reply.ok()) return std::nullopt;
  auto answer = encode_record_id_reply(*reply);
  auto back = Decoded::decode(answer);
  auto result = decode_record_id_reply(back->root());
  if (!result.ok()) return std::nullopt;
  return *result;
}

void RecordIdsWorld::renew(Process& process) {
  RecordIdRequest request = process.cursor.request(clock_.mono());
  sent_.push_back(request);
  auto reply = ask(request);
  if (!reply || random(5) == 0) return;  // lost
  (void)process.cursor.granted(*reply, clock_.mono());
  release(process);
}

// What the cursor wants to be released is sent, and may be lost.
void RecordIdsWorld::release(Process& process) {
  for (const RecordIdRequest& request : process.cursor.take_releases()) {
    sent_.push_back(request);
    if (random(4) > 0) (void)ask(request);
  }
}

void RecordIdsWorld::take(Process& process) {
  if (process.cursor.wants_renewal(clock_.mono()) && random(2) == 0) renew(process);
  for (auto times = random(20); times > 0; --times) {
    auto count = static_cast<std::uint32_t>(random(3) == 0 ? kRecordBlock : 1 + random(900));
    auto first = process.cursor.take(count, clock_.mono());
    if (!first) {
      ++refusals_;
      return;
    }
    taken_.push_back({*first, count, process.number});
    if (*first <= process.last && process.went_back == process.cursor.went_back())
      out_of_order_.push_back(
          fmt::format("process {}: {} behind {}", process.number, *first, process.last));
    process.went_back = process.cursor.went_back();
    process.last = *first + count - 1;
  }
}

std::uint64_t RecordIdsWorld::ids() const {
  std::uint64_t sum = 0;
  for (const Taken& taken : taken_) sum += taken.count;
  return sum;
}

std::string RecordIdsWorld::violations() const {
  std::string found;
  for (const std::string& line : out_of_order_) found += line + "\n";
  std::vector<Taken> sorted = taken_;
  std::sort(sorted.begin(), sorted.end(),
            [](const Taken& a, const Taken& b) { return a.first < b.first; });
  std::uint64_t end = 1;  // ids are positive
  std::uint64_t owner = 0;
  for (const Taken& taken : sorted) {
    if (taken.first < end)
      found +=
          fmt::format("{} of process {} was process {}'s\n", taken.first, taken.process, owner);
    end = taken.first + taken.count;
    owner = taken.process;
    if (end > std::uint64_t{1} << 53) found += fmt::format("{} has more than 53 bits\n", end - 1);
  }
  return found;
}

}  // namespace ox
