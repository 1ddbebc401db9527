#include "tests/unit/spool/crash_world.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/bytes.h"

namespace ox {
namespace {

constexpr const char* kFile = "/out/log";
constexpr std::uint64_t kLast = 34;  // batches that run() sends

}  // namespace

CrashWorld::CrashWorld(SimulatedDisk& disk, FileSystem& fs, const Mistakes& mistakes)
    : disk_(disk), fs_(fs), mistakes_(mistakes) {
  options_.path = "/s";
  options_.segment_bytes = 3000;  // some five batches
  options_.disk_limit = 10'000;
  options_.cache_bytes = 0;  // outputs read what the disk has
}

CrashWorld::~CrashWorld() { stop(); }

// Some within one sector of the disk, some over three; all bytes follow from the number.
BatchPtr CrashWorld::batch(std::uint64_t seq) { return make_batch(seq, 1, 40 + seq * 331 % 900); }

// --- The node ------------------------------------------------------------------------------------

bool CrashWorld::start() {
  auto opened = Spool::open(fs_, options_, clock_);
  if (!opened.ok()) {
    why_not_started_ = opened.status().message();
    return false;
  }
  spool_ = std::move(*opened);
  {
    std::lock_guard lock(mu_);
    taken_.clear();
    unsettled_.clear();
  }
  if (!open_file()) {
    stop();
    return false;
  }
  BatchObserver* observer = this;
  intake_ = std::make_unique<Intake>(*spool_, observer, metrics_, IntakeOptions(), clock_);
  intake_->start();
  add_cursors();
  return true;
}

void CrashWorld::add_cursors() {
  to_file_ = spool_->add_cursor("file", {});
  to_peer_ = spool_->add_cursor("peer", {});
  to_file_->release(file_position_);
}

void CrashWorld::stop() {
  if (intake_ != nullptr) intake_->stop();
  intake_.reset();
  to_file_.reset();
  to_peer_.reset();
  spool_.reset();
  file_.reset();
}

// Cuts the file to what the checkpoint counts; all that comes behind it is written again.
bool CrashWorld::open_file() {
  file_size_ = file_position_ = 0;
  if (const auto& checkpoint = spool_->recovered_checkpoint()) {
    if (!checkpoint->store.empty()) file_size_ = load_le<std::uint64_t>(checkpoint->store.data());
    file_position_ = checkpoint->store_position;
  }
  if (!fs_.make_directories("/out").ok()) return false;
  auto file = fs_.open(kFile, FileSystem::Open::kOpenOrCreate);
  if (!file.ok() || !fs_.sync_directory("/out").ok()) return false;
  file_ = std::move(*file);
  auto info = file_->info();
  if (!info.ok()) return false;
  if (info->size < file_size_)
    violation("file", fmt::format("{} bytes, the checkpoint counts {}", info->size, file_size_));
  file_size_ = std::min(file_size_, info->size);
  return file_->truncate(file_size_).ok() && file_->sync_data().ok();
}

void CrashWorld::deliver() {
  while (!dead()) {
    auto record = to_file_->next();
    if (!record.ok() && record.status().code() == Code::kCorrupt)
      continue;  // lost(), if it was one
    if (!record.ok() || !*record) return;
    std::string frame;
    append_le(frame, static_cast<std::uint32_t>((*record)->batch->bytes().size()));
    frame += (*record)->batch->bytes();
    if (!write_all(*file_, frame, file_size_).ok()) return;
    file_size_ += frame.size();
    file_position_ = (*record)->end;
  }
}

void CrashWorld::forward(int most) {
  for (int i = 0; i < most && !dead(); ++i) {
    auto record = to_peer_->next();
    if (!record.ok() && record.status().code() == Code::kCorrupt) continue;
    if (!record.ok() || !*record) return;
    std::uint64_t seq = seq_of(**record);
    if (!sent_.count(seq) || (*record)->batch->bytes() != batch(seq)->bytes())
      violation("altered", fmt::format("batch {} at the peer", seq));
    at_peer_.insert(seq);
    to_peer_->release((*record)->end);
  }
}

void CrashWorld::checkpoint() {
  if (dead()) return;
  ++checkpoints_;
  if (!mistakes_.checkpoint_before_data && !file_->sync_data().ok()) return;
  Position covers = 0;
  Micros uptime{};
  std::string dedup = intake_->dedup_snapshot(&covers, &uptime);
  if (mistakes_.forgets_dedup) dedup = Dedup().snapshot();
  std::string store;
  append_le(store, file_size_);
  if (spool_->write_checkpoint(dedup, covers, store, file_position_, uptime).ok())
    to_file_->release(file_position_);
}

// --- The client ----------------------------------------------------------------------------------

void CrashWorld::settled(std::uint64_t, const BatchId& id, Settled how) {
  std::lock_guard lock(mu_);
  if (how == Settled::kSafe && acked_.insert(id.seq).second && taken_.count(id.seq))
    order_.push_back(id.seq);
  if (auto it = unsettled_.find(id.seq); it != unsettled_.end()) unsettled_.erase(it);
  changed_.notify_all();
}

void CrashWorld::accepted(const SpoolRecord& record) {
  std::unique_lock lock(mu_);
  taken_.insert(seq_of(record));
  held_ = hold_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !hold_; });
  held_ = false;
}

// Nobody tells when a spool fails or a disk stops: that is looked for now and then.
bool CrashWorld::wait_until(const std::function<bool()>& done) {
  std::unique_lock lock(mu_);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!done()) {
    lock.unlock();
    bool is_dead = dead();
    lock.lock();
    if (done()) break;
    if (is_dead) return false;
    if (std::chrono::steady_clock::now() > deadline) {
      violations_.push_back("stuck: the node neither takes batches nor fails");
      return false;
    }
    changed_.wait_for(lock, std::chrono::milliseconds(1));
  }
  return true;
}

void CrashWorld::submit(std::uint64_t seq) {
  sent_.insert(seq);
  {
    std::lock_guard lock(mu_);
    unsettled_.insert(seq);
  }
  intake_->submit({batch(seq), this, seq, true});
}

void CrashWorld::send(std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t seq = first; seq <= last && !dead(); ++seq) {
    submit(seq);
    // A node without room takes the batch once its outputs have come further.
    while (!wait_until([this] { return unsettled_.empty() || intake_->full(); })) {
      if (dead()) return;
    }
    while (intake_->full() && !dead()) {
      deliver();
      forward(100);
      checkpoint();
      (void)wait_until([this] { return unsettled_.empty() || intake_->full(); });
    }
    (void)wait_until([this] { return unsettled_.empty(); });
  }
}

void CrashWorld::send_group(std::uint64_t first, std::uint64_t last) {
  if (dead()) return;
  {
    std::lock_guard lock(mu_);
    hold_ = true;
  }
  submit(first);
  (void)wait_until([this] { return held_; });
  for (std::uint64_t seq = first + 1; seq <= last; ++seq) submit(seq);
  {
    std::lock_guard lock(mu_);
    hold_ = false;
    changed_.notify_all();
  }
  (void)wait_until([this] { return unsettled_.empty(); });
}

// Copies, as when the acknowledgement was lost on its way.
void CrashWorld::send_again(const Batches& seqs) {
  for (std::uint64_t seq : seqs) send(seq, seq);
}

// --- The story -----------------------------------------------------------------------------------

bool CrashWorld::run(SimulatedDisk::Keep middle, std::uint64_t stop_at) {
  auto arm = [&] { disk_.crash_after(stop_at - std::min(stop_at, disk_.changes())); };
  const std::vector<std::function<void()>> steps = {
      [&] { (void)start(); },
      [&] { send(1, 3); },
      [&] {
        deliver();
        forward(1);
        checkpoint();
      },
      [&] { send_group(4, 9); },
      [&] {
        deliver();
        forward(4);
      },
      [&] {
        send_again({1, 5, 9});
      },
      [&] { checkpoint(); },
      [&] { spool_->add_cursor("leaving", {}).reset(); },
      [&] { send(10, 12); },
      // A clean restart.
      [&] {
        checkpoint();
        stop();
        (void)start();
      },
      [&] { (void)spool_->discard_cursor("leaving"); },
      [&] {
        send_again({2, 10});
        send(13, 16);
        deliver();
        forward(100);
        checkpoint();
      },
      // Acknowledged, delivered, and not in a checkpoint when the power fails.
      [&] {
        send_group(17, 20);
        deliver();
        forward(2);
      },
      [&] {
        stop();
        disk_.crash(middle);
        arm();
        (void)start();
      },
      [&] {
        send_again({17, 3});
        deliver();
        forward(100);
        checkpoint();
      },
      // Only one slot knows of that: the budget is got back by writing it again.
      [&] { send(21, 30); },
      [&] {
        deliver();
        forward(100);
        checkpoint();
        checkpoint();
      },
      [&] {
        send_again({21, 4});
        send(31, kLast);
        deliver();
      },
      [&] { stop(); },
  };
  arm();
  for (const auto& step : steps) {
    step();
    if (disk_.stopped()) return true;
    if (&step != &steps.back() && dead()) return false;
  }
  return false;
}

void CrashWorld::crash(SimulatedDisk::Keep keep) {
  stop();
  disk_.crash(keep);
}

bool CrashWorld::start_in_vain(std::uint64_t changes) {
  disk_.crash_after(changes);
  if (start()) {
    deliver();
    checkpoint();
  }
  return disk_.stopped();
}

void CrashWorld::finish() {
  if (!start()) {
    violation("start", "on a disk that works: " + why_not_started_);
    return;
  }
  Batches again;
  {
    std::lock_guard lock(mu_);
    for (std::uint64_t seq : sent_)
      if (!acked_.count(seq)) again.push_back(seq);
  }
  // What was acknowledged is not sent again by anybody: it must be here.
  send_again(again);
  deliver();
  forward(1000);
  for (std::uint64_t seq : acked_) {
    if (!at_peer_.count(seq))
      violation("lost", fmt::format("batch {} did not reach the peer", seq));
  }
  check_file();
  // Everything once more, as from a peer that lost all acknowledgements: nothing is taken again.
  checkpoint();
  send_again({sent_.begin(), sent_.end()});
  deliver();
  checkpoint();
  stop();
  if (!violations_.empty()) return;
  if (start()) deliver();
  check_file();
  stop();
}

// --- What was promised ---------------------------------------------------------------------------

void CrashWorld::check_file() {
  std::string bytes = disk_.content(kFile);
  ByteReader reader(bytes);
  Batches in_file;
  while (!reader.rest().empty()) {
    std::string_view raw = reader.take(reader.le<std::uint32_t>());
    BatchHeader header;
    if (!reader.ok() || decode_batch_header(raw, header) != BatchError::kNone) {
      violation("altered", "the file holds bytes that are no batch");
      return;
    }
    if (!sent_.count(header.id.seq) || raw != batch(header.id.seq)->bytes())
      violation("altered", fmt::format("batch {} in the file", header.id.seq));
    in_file.push_back(header.id.seq);
  }
  for (std::uint64_t seq : sent_) {
    auto copies = std::count(in_file.begin(), in_file.end(), seq);
    if (copies > 1)
      violation("twice", fmt::format("batch {} is {} times in the file", seq, copies));
    if (copies == 0 && acked_.count(seq))
      violation("lost", fmt::format("batch {} is not in the file", seq));
  }
  check_order(in_file);
}

void CrashWorld::check_order(const Batches& in_file) {
  auto at = in_file.begin();
  for (std::uint64_t seq : order_) {
    if (!std::count(in_file.begin(), in_file.end(), seq)) continue;  // lost, and told
    at = std::find(at, in_file.end(), seq);
    if (at != in_file.end()) continue;
    violation("order", fmt::format("batch {} is in front of one that was taken before it", seq));
    return;
  }
}

void CrashWorld::violation(const std::string& kind, const std::string& what) {
  violations_.push_back(kind + ": " + what);
}

bool CrashWorld::violated(const std::string& kind) const {
  return std::any_of(violations_.begin(), violations_.end(), [&](const std::string& violation) {
    return violation.starts_with(kind + ":");
  });
}

std::string CrashWorld::report() const {
  std::string out;
  for (const std::string& violation : violations_) out += violation + "\n";
  return out;
}

}  // namespace ox
