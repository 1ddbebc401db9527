#include "oxd/write/write_stage.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/thread.h"
#include "common/store/log_compressor.h"

namespace ox {

static constexpr Micros kMaintenanceTick = Millis(250);
static constexpr Micros kLookAtNames = Millis(500);
// Written and shown in turns of this size, so that live events do not wait for a whole backlog.
static constexpr std::uint64_t kTurnBytes = 4 << 20;

WriteStage::WriteStage(FileSystem& fs, Spool& spool, Checkpoints& checkpoints, TailFeed& tail,
                       Metrics& metrics, const Clock& clock, const WriteOptions& options)
    : fs_(fs),
      spool_(spool),
      checkpoints_(checkpoints),
      tail_(tail),
      metrics_(metrics),
      clock_(clock),
      options_(options),
      events_(metrics.counter("write.events")),
      failures_(metrics.counter("write.failures")),
      limiter_(clock) {}

WriteStage::~WriteStage() { stop(); }

Status WriteStage::open() {
  if (Status status = finish_compressions(fs_, options_.files.directory);
      !status.ok() && status.code() != Code::kNotFound)
    return status;
  live_from_ = spool_.end();
  cursor_ = spool_.add_cursor(kCursorName, [this] { wake(); });
  if (const auto& checkpoint = spool_.recovered_checkpoint()) {
    checkpointed_ = checkpoint->store_position;
    listing_ = checkpoint->store;
  } else {
    checkpointed_ = spool_.begin();
  }
  checkpoints_.begin_store(listing_, checkpointed_);
  return recover();
}

Status WriteStage::recover() {
  OX_ASSIGN_OR_RETURN(files_, LogFiles::open(fs_, options_.files, metrics_, clock_));
  bool gapless = checkpointed_ >= spool_.begin();
  if (!gapless)
    log_error("files: the spool begins behind the last checkpoint: events in between are missing");
  OX_ASSIGN_OR_RETURN(LogFiles::Restored restored, files_->restore(listing_, gapless));
  if (restored.cut_files > 0)
    log_info("files: {} bytes of {} files are cut and come again from the spool",
             restored.cut_bytes, restored.cut_files);
  for (const std::string& path : restored.possible_duplicates)
    log_error("files: {} is not as it was left: some of its events may be in it twice", path);
  for (const std::string& path : restored.missing) log_warning("files: {} is gone", path);
  Position from = std::max(checkpointed_, spool_.begin());
  if (cursor_->released() < from) cursor_->release(from);
  cursor_->seek(from);
  added_ = synced_ = from;
  current_.reset();
  to_show_.clear();
  return ok_status();
}

void WriteStage::start() {
  checkpointed_at_ = looked_at_ = clock_.mono();
  thread_ = start_thread("write", [this] {
    EventLoop::Id timer = loop_.call_every(kMaintenanceTick, [this] { maintain(); });
    work();
    loop_.run();
    work();
    if (!failing_) checkpoint();
    loop_.cancel(timer);
  });
}

void WriteStage::stop() {
  if (!thread_.joinable()) return;
  loop_.stop();
  thread_.join();
}

void WriteStage::wake() {
  // One wake-up for all that is committed before we have looked.
  if (work_posted_.exchange(true)) return;
  loop_.post([this] {
    work_posted_ = false;
    work();
  });
}

void WriteStage::checkpoint_soon() {
  loop_.post([this] {
    checkpoint_wanted_ = true;
    work();
  });
}

void WriteStage::failed_with(const Status& status) {
  failures_.add();
  failing_ = true;
  retry_at_ = clock_.mono() + options_.retry;
  limiter_.warn("files", fmt::format("files: {}", status.message()));
  std::lock_guard lock(mu_);
  reason_ = status.message();
}

void WriteStage::work() {
  if (failing_ && clock_.mono() < retry_at_) return;
  bool was_failing = failing_;
  failing_ = false;
  // After a failed fsync nothing is known of what the files hold.
  if (files_->failed()) start_over();
  if (failing_ || !write_available()) return;
  bool due = clock_.mono() - checkpointed_at_ >= options_.checkpoint_interval ||
             added_ - checkpointed_ >= options_.checkpoint_bytes || checkpoint_wanted_;
  if (due && added_ != checkpointed_ && !checkpoint()) return;
  checkpoint_wanted_ = false;
  if (!was_failing) return;
  log_warning("files: written again");
  std::lock_guard lock(mu_);
  reason_.clear();
}

bool WriteStage::write_available() {
  while (true) {
    Position from = added_;
    bool dry = false;
    while (added_ - from < kTurnBytes && !dry) {
      if (!current_ && !next_record()) {
        if (failing_) return false;
        dry = true;
      } else if (!write_record()) {
        return false;
      }
    }
    if (!flush()) return false;
    if (dry) return true;
    if (added_ - checkpointed_ >= options_.checkpoint_bytes && !checkpoint()) return false;
  }
}

bool WriteStage::next_record() {
  auto record = cursor_->next();
  if (!record.ok()) {
    if (record.status().code() == Code::kCorrupt) {
      // It was whole when it came. What is lost is told; the rest goes on.
      log_error("files: {}", record.status().message());
      metrics_.counter("write.lost_records").add();
      added_ = cursor_->position();
      return next_record();
    }
    failed_with(record.status());
    return false;
  }
  if (!*record) return false;
  BatchCursor events(*(*record)->batch);
  const std::size_t pairs = (*record)->batch->pairs().size();
  current_.emplace(
      Current{std::move(**record), events, 0, nullptr, std::vector<LogFiles::TypeEntry*>(pairs)});
  bool live = current_->record.position >= live_from_;
  if (live && tail_.tail_wanted()) current_->places = std::make_shared<TailPlaces>();
  return true;
}

bool WriteStage::write_record() {
  Current& current = *current_;
  const WallTime accepted_at = current.record.accepted_at;
  BatchCursor rest = current.rest;
  BatchEvent event;
  while (rest.next(event)) {
    LogFiles::TypeEntry*& type = current.types[event.pair];
    if (type == nullptr) {
      auto found = files_->find_type(current.record.batch->pairs()[event.pair].type);
      OX_CHECK(found.ok());  // a batch has no empty types
      type = *found;
    }
    LogFiles::Placement place;
    if (!files_->add_next(*type, event.body, accepted_at, place)) {
      auto added = files_->add(*type, event.body, accepted_at);
      if (!added.ok() && added.status().code() == Code::kUnavailable && make_available())
        added = files_->add(*type, event.body, accepted_at);
      if (!added.ok()) {
        failed_with(added.status());
        return false;
      }
      place = *added;
    }
    if (current.places) note_place(*current.places, place);
    current.rest = rest;
    ++current.added;
  }
  finish_record();
  return true;
}

void WriteStage::note_place(TailPlaces& places, const LogFiles::Placement& place) {
  if (places.files.empty() || places.files.back() != place.file) {
    auto known = std::find(places.files.begin(), places.files.end(), place.file);
    if (known == places.files.end()) known = places.files.insert(known, std::string(place.file));
    places.places.push_back(
        {static_cast<std::uint32_t>(known - places.files.begin()), place.offset});
  } else {
    places.places.push_back({static_cast<std::uint32_t>(places.files.size() - 1), place.offset});
  }
}

void WriteStage::finish_record() {
  added_ = current_->record.end;
  events_.add(current_->record.batch->event_count());
  if (current_->record.position >= live_from_)
    to_show_.push_back({current_->record.batch, std::move(current_->places)});
  current_.reset();
}

bool WriteStage::make_available() {
  // A file's first byte comes after the checkpoint that knows of the file: a crash can cut it.
  if (files_->needs_listing() && !store_checkpoint()) return false;
  return replay_replaced();
}

bool WriteStage::flush() {
  if (files_->needs_listing() && !store_checkpoint()) return false;
  Status status = files_->flush();
  if (status.code() == Code::kUnavailable && make_available()) status = files_->flush();
  if (!status.ok()) {
    failed_with(status);
    return false;
  }
  for (Shown& shown : to_show_) tail_.publish_tail(shown.batch, std::move(shown.places));
  to_show_.clear();
  return true;
}

bool WriteStage::store_checkpoint() {
  std::string listing = files_->listing();
  Status status = checkpoints_.store(listing, synced_);
  if (!status.ok()) {
    failed_with(status);
    return false;
  }
  files_->listed();
  stored_listings_[0] = std::exchange(stored_listings_[1], listing);
  listing_ = std::move(listing);
  checkpointed_ = synced_;
  cursor_->release(synced_);
  return true;
}

Status WriteStage::change_closed(const std::string& path, const std::function<Status()>& change) {
  return loop_.call([&] { return change_if_closed(path, change); });
}

Status WriteStage::change_if_closed(const std::string& path,
                                    const std::function<Status()>& change) {
  const Status in_use = Status(Code::kUnavailable, "is still in use").at(path);
  if (failing_ || files_->failed() || files_->knows(path)) return in_use;
  // The paths stand in a listing as they are.
  auto may_list = [&path](const std::optional<std::string>& listing) {
    return !listing || listing->find(path) != std::string::npos;
  };
  // A checkpoint goes into the older of two slots: after two of them both are new.
  for (int i = 0; i < 2 && std::any_of(stored_listings_.begin(), stored_listings_.end(), may_list);
       ++i) {
    if (!store_checkpoint()) return in_use;
  }
  return change();
}

bool WriteStage::checkpoint() {
  checkpointed_at_ = clock_.mono();
  if (current_) return true;  // a record is half added: the files hold more than any position says
  // A file renamed underneath would be synced where nobody looks for it.
  if (!make_available()) return false;
  Status status = files_->sync();
  if (status.code() == Code::kUnavailable && make_available()) status = files_->sync();
  if (!status.ok()) {
    failed_with(status);
    return false;
  }
  synced_ = added_;
  return store_checkpoint();
}

bool WriteStage::replay_replaced() {
  // A file may be taken away while we bring back another: a few rounds, then later again.
  for (int round = 0; round < 3; ++round) {
    std::vector<std::string> paths = files_->check_replaced();
    if (paths.empty()) return true;
    for (const std::string& path : paths)
      log_warning(
          "files: {} was removed or replaced: its events since the last checkpoint are "
          "written again",
          path);
    if (Status status = replay(); !status.ok()) {
      failed_with(status);
      return false;
    }
    if (files_->needs_listing() && !store_checkpoint()) return false;
  }
  return false;
}

Status WriteStage::replay() {
  OX_RETURN_IF_ERROR(files_->begin_replay());
  Position back_to = cursor_->position();
  cursor_->seek(synced_);
  Status status = replay_records();
  // On to where we were: the cursor accounts for every record on the way.
  while (cursor_->position() < back_to) {
    auto record = cursor_->next();
    if (!record.ok() || !*record) cursor_->seek(back_to);
  }
  if (status.ok()) files_->end_replay();
  return status;
}

Status WriteStage::replay_records() {
  while (cursor_->position() < added_) {
    OX_ASSIGN_OR_RETURN(auto record, cursor_->next());
    if (!record) return Status(Code::kIo, "the spool has lost what was written");
    BatchCursor events(*record->batch);
    OX_RETURN_IF_ERROR(replay_events(*record, events, record->batch->event_count()));
  }
  if (!current_) return ok_status();
  // Of the record at hand, what was added before.
  BatchCursor events(*current_->record.batch);
  return replay_events(current_->record, events, current_->added);
}

Status WriteStage::replay_events(const SpoolRecord& record, BatchCursor& events,
                                 std::uint64_t count) {
  BatchEvent event;
  while (count-- > 0 && events.next(event)) {
    std::string_view type = record.batch->pairs()[event.pair].type;
    auto again = files_->replay(type, event.body, record.accepted_at);
    if (!again.ok() && again.status().code() == Code::kUnavailable && files_->needs_listing()) {
      if (!store_checkpoint()) return again.status();
      again = files_->replay(type, event.body, record.accepted_at);
    }
    OX_RETURN_IF_ERROR(again.status());
  }
  return ok_status();
}

void WriteStage::start_over() {
  log_error("files: starting over from the last checkpoint");
  // What was shown live is not shown again.
  live_from_ = std::max(live_from_, added_);
  if (Status status = recover(); !status.ok()) failed_with(status);
}

void WriteStage::maintain() {
  MonoTime now = clock_.mono();
  if (!failing_ && now - looked_at_ >= kLookAtNames) {
    looked_at_ = now;
    replay_replaced();
    files_->close_idle();
  }
  work();
}

WriteStatus WriteStage::status() const {
  WriteStatus status;
  status.pending_events = cursor_->pending_events();
  status.pending_bytes = cursor_->pending_bytes();
  status.oldest_pending = cursor_->oldest_pending();
  status.written_events = events_.value();
  std::lock_guard lock(mu_);
  status.reason = reason_;
  return status;
}

}  // namespace ox
