#include "common/store/log_files.h"

#include <algorithm>

#include <fmt/format.h>
#include <sys/resource.h>

#include "proto/log_name.h"

namespace ox {
namespace {

constexpr std::size_t kLeastOpen = 16;

std::size_t open_limit(const LogFilesOptions& options) {
  if (options.max_open != 0) return std::max(options.max_open, kLeastOpen);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 1024;
  return std::max<std::size_t>(limit.rlim_cur / 2, kLeastOpen);
}

Status unavailable(std::string message) { return Status(Code::kUnavailable, std::move(message)); }

}  // namespace

Result<std::unique_ptr<LogFiles>> LogFiles::open(FileSystem& fs, const LogFilesOptions& options,
                                                 Metrics& metrics, const Clock& clock) {
  OX_RETURN_IF_ERROR(fs.make_directories(options.directory));
  return std::unique_ptr<LogFiles>(new LogFiles(fs, options, metrics, clock));
}

LogFiles::LogFiles(FileSystem& fs, const LogFilesOptions& options, Metrics& metrics,
                   const Clock& clock)
    : fs_(fs),
      options_(options),
      max_open_(open_limit(options)),
      clock_(clock),
      events_(metrics.counter("write.flushed_events")),
      bytes_(metrics.counter("write.bytes")),
      files_opened_(metrics.counter("write.files_opened")),
      files_replaced_(metrics.counter("write.files_replaced")),
      overflow_types_(metrics.counter("write.overflow_types")),
      errors_(metrics.counter("write.errors")),
      overflow_(std::string(kOverflowType), TypeFile{}) {
  period_ = period_start(period_for_, options_.rotate_hours);
}

LogFiles::~LogFiles() = default;

Status LogFiles::counted(Status status) {
  if (!status.ok() && status.code() != Code::kUnavailable) errors_.add();
  return status;
}

Status LogFiles::failure() const {
  return Status(Code::kIo, fmt::format("a log file in {} could not be synced; nothing more is "
                                       "written before the files are restored",
                                       options_.directory));
}

// ---- Events -------------------------------------------------------------------------------------

WallTime LogFiles::period_of(WallTime t) {
  if (t != period_for_) {  // the events of a batch share the time
    period_for_ = t;
    period_ = period_start(t, options_.rotate_hours);
  }
  return period_;
}

LogFiles::TypeEntry& LogFiles::type_entry(std::string_view type) {
  auto it = types_.find(type);
  return it == types_.end() ? overflow_ : *it;
}

Result<LogFiles::TypeEntry*> LogFiles::find_type(std::string_view type) {
  if (type.empty()) return Status(Code::kInvalid, "an event without a type");
  TypeEntry* entry = &type_entry(type);
  if (entry == &overflow_ && types_.size() < options_.max_types)
    entry = &*types_.emplace(type, TypeFile{}).first;
  return entry;
}

Result<LogFiles::Placement> LogFiles::add(std::string_view type, std::string_view body,
                                          WallTime accepted_at) {
  OX_ASSIGN_OR_RETURN(TypeEntry * entry, find_type(type));
  return add(*entry, body, accepted_at);
}

Result<LogFiles::Placement> LogFiles::add(TypeEntry& type, std::string_view body,
                                          WallTime accepted_at) {
  Placement next;
  if (add_next(type, body, accepted_at, next)) return next;
  if (failed_) return failure();
  if (!replaced_.empty()) return unavailable("log files were replaced and wait for a replay");
  LogFileWriter* file = type.second.file;
  if (file == nullptr || type.second.period != period_of(accepted_at)) {
    OX_ASSIGN_OR_RETURN(file, find_or_attach_slow(type, accepted_at));
  }
  auto placement = append(*file, body);
  if (&type == &overflow_ && placement.ok()) overflow_types_.add();
  return placement;
}

Result<LogFileWriter*> LogFiles::find_or_attach_slow(TypeEntry& entry, WallTime accepted_at) {
  std::string path = log_file_path(entry.first, accepted_at, options_.rotate_hours);
  auto it = files_.find(path);
  if (it == files_.end()) {
    auto file = std::make_unique<LogFileWriter>(fs_, options_.directory, path);
    OX_RETURN_IF_ERROR(attach(*file));
    it = files_.emplace(std::move(path), std::move(file)).first;
  }
  entry.second = {it->second.get(), period_of(accepted_at)};
  return it->second.get();
}

Result<LogFiles::Placement> LogFiles::append(LogFileWriter& file, std::string_view body) {
  if (!has_room(file, body.size())) OX_RETURN_IF_ERROR(make_room_slow(file, body.size()));
  if (file.buffer().empty() && !spare_buffers_.empty()) {
    file.give_buffer(std::move(spare_buffers_.back()));
    spare_buffers_.pop_back();
  }
  if (!file.queued) {
    file.queued = true;
    buffered_.push_back(&file);
  }
  return take(file, body);
}

Status LogFiles::make_room_slow(LogFileWriter& file, std::size_t bytes) {
  if (buffered_bytes_ > 0 && buffered_bytes_ + bytes > options_.total_buffer_bytes) {
    Status status = flush();
    if (status.ok() || status.code() == Code::kUnavailable) {
      // Files that are not listed yet may keep what they hold, as long as there is room.
      if (replaced_.empty() || replaying_) status = ok_status();
      if (buffered_bytes_ > 0 && buffered_bytes_ + bytes > options_.total_buffer_bytes)
        status = unavailable("the events of new log files fill the memory for them");
    }
    return status;
  }
  if (file.listed && !file.buffer().empty()) return write_file(file);
  return ok_status();
}

// ---- The stored listing -------------------------------------------------------------------------

std::string LogFiles::listing() {
  std::vector<ListedFile> listed;
  listed.reserve(files_.size());
  for (const auto& [path, file] : files_) {
    if (file->attached()) listed.push_back(file->listed_as());
  }
  listed_generation_ = generation_;
  return encode_listing(listed);
}

void LogFiles::listed() {
  std::erase_if(unlisted_, [this](LogFileWriter* file) {
    if (file->generation <= listed_generation_) file->listed = true;
    return file->listed;
  });
}

// ---- Writing and syncing ------------------------------------------------------------------------

Status LogFiles::flush() {
  if (failed_) return failure();
  Status first;
  bool waiting = false;
  std::vector<LogFileWriter*> files = std::exchange(buffered_, {});
  for (LogFileWriter* file : files) {
    bool may_write = file->attached() && file->listed;
    if (may_write && !file->buffer().empty() && !failed_) {
      if (Status status = write_file(*file); !status.ok() && first.ok()) first = status;
    } else if (!may_write) {
      waiting = true;
    }
    file->queued = !file->buffer().empty();
    if (file->queued) buffered_.push_back(file);
  }
  if (!first.ok()) return first;
  if (waiting) return unavailable("new log files wait for the listing to be stored");
  return ok_status();
}

Status LogFiles::write_file(LogFileWriter& file) {
  if (Status status = make_open(file); !status.ok())
    return status.code() == Code::kNotFound ? note_replaced(file) : counted(status);
  bool was_synced = file.written() == file.synced();
  EventBuffer::Taken taken;
  Status status = file.write(taken);
  buffered_bytes_ -= taken.bytes;
  events_.add(taken.events);
  bytes_.add(taken.bytes);
  file.last_write = clock_.mono();
  if (was_synced && taken.bytes > 0) unsynced_.push_back(&file);
  if (file.buffer().empty()) recycle_buffer(file);
  return status.code() == Code::kNotFound ? note_replaced(file) : counted(status);
}

Status LogFiles::sync() {
  if (!replaced_.empty()) return unavailable("log files were replaced and wait for a replay");
  OX_RETURN_IF_ERROR(flush());
  for (LogFileWriter* file : std::vector<LogFileWriter*>(unsynced_)) {
    OX_RETURN_IF_ERROR(sync_file(*file));
  }
  // Only now: the lengths in a listing all belong to one position.
  for (LogFileWriter* file : unsynced_) file->accept_sync();
  unsynced_.clear();
  return ok_status();
}

Status LogFiles::sync_file(LogFileWriter& file) {
  if (Status status = make_open(file); !status.ok())
    return status.code() == Code::kNotFound ? note_replaced(file) : counted(status);
  Status status = file.sync();
  if (status.code() == Code::kNotFound) return note_replaced(file);
  if (!status.ok()) failed_ = true;
  return counted(status);
}

void LogFiles::recycle_buffer(LogFileWriter& file) {
  EventBuffer buffer = file.take_buffer();
  if (buffer.capacity() <= 4 * options_.buffer_bytes &&
      spare_buffers_.size() < options_.total_buffer_bytes / (options_.buffer_bytes + 1))
    spare_buffers_.push_back(std::move(buffer));
}

void LogFiles::drop_buffer(LogFileWriter& file) {
  buffered_bytes_ -= file.buffer().size();
  file.take_buffer();
}

// ---- Descriptors --------------------------------------------------------------------------------

Status LogFiles::attach(LogFileWriter& file) {
  std::string directory = directory_of(file.full_path());
  if (!directories_.contains(directory)) OX_RETURN_IF_ERROR(counted(prepare_directory(directory)));
  OX_RETURN_IF_ERROR(evict());
  Status status = file.attach();
  if (status.code() == Code::kNotFound) {  // the directory was removed since
    OX_RETURN_IF_ERROR(counted(prepare_directory(directory)));
    status = file.attach();
  }
  if (status.ok() && file.empty()) {
    status = fs_.sync_directory(directory);
    if (!status.ok()) file.detach();
  }
  if (!status.ok()) return counted(status);
  open_.push_front(&file);
  file.open_place = open_.begin();
  file.generation = ++generation_;
  file.listed = false;
  file.last_write = clock_.mono();
  unlisted_.push_back(&file);
  files_opened_.add();
  return ok_status();
}

Status LogFiles::prepare_directory(const std::string& directory) {
  OX_RETURN_IF_ERROR(fs_.make_directories(directory));
  // Both may be left unsynced by a process that was killed.
  OX_RETURN_IF_ERROR(fs_.sync_directory(options_.directory));
  OX_RETURN_IF_ERROR(fs_.sync_directory(directory));
  directories_.insert(directory);
  return ok_status();
}

Status LogFiles::make_open(LogFileWriter& file) {
  if (file.is_open()) {
    open_.splice(open_.begin(), open_, file.open_place);
    return ok_status();
  }
  OX_RETURN_IF_ERROR(evict());
  OX_RETURN_IF_ERROR(file.open());
  open_.push_front(&file);
  file.open_place = open_.begin();
  return ok_status();
}

Status LogFiles::evict() {
  while (open_.size() >= max_open_) OX_RETURN_IF_ERROR(close_file(*open_.back()));
  return ok_status();
}

Status LogFiles::close_file(LogFileWriter& file) {
  open_.erase(file.open_place);
  Status status = file.close();
  // What close() reports is a write that failed late: as a failed fsync, it is not told twice.
  if (!status.ok() && file.written() != file.synced()) failed_ = true;
  return counted(status);
}

// ---- Files taken away underneath ----------------------------------------------------------------

Status LogFiles::note_replaced(LogFileWriter& file) {
  file.cut_to_synced();
  if (file.is_open()) {
    open_.erase(file.open_place);
    file.close().ok();  // nobody reads this file as ours any more
  }
  file.detach();
  std::erase(unlisted_, &file);
  std::erase(unsynced_, &file);
  files_replaced_.add();
  replaying_ = false;  // what has been replayed into it is gone as well
  if (!file.replaced) {
    file.replaced = true;
    replaced_.push_back(&file);
  }
  return unavailable(fmt::format("{} was removed or replaced", file.full_path()));
}

std::vector<std::string> LogFiles::check_replaced() {
  std::vector<LogFileWriter*> without_news;
  for (const auto& [path, file] : files_) {
    if (!file->attached() || file->unchanged()) continue;
    if (file->clean() && !file->replaced) {
      files_replaced_.add();
      without_news.push_back(file.get());
    } else {
      note_replaced(*file).ok();
    }
  }
  forget(without_news);
  std::vector<std::string> paths;
  for (const LogFileWriter* file : replaced_) paths.push_back(file->path());
  return paths;
}

Status LogFiles::begin_replay() {
  if (failed_) return failure();
  for (LogFileWriter* file : std::vector<LogFileWriter*>(replaced_)) {
    drop_buffer(*file);
    if (!file->attached()) continue;
    Status status = make_open(*file);
    if (status.ok()) status = file->revert();
    if (status.code() == Code::kNotFound) {
      note_replaced(*file).ok();
    } else if (!status.ok()) {
      return counted(status);
    }
    std::erase(unsynced_, file);
  }
  replaying_ = true;
  return ok_status();
}

Result<std::optional<LogFiles::Placement>> LogFiles::replay(std::string_view type,
                                                            std::string_view body,
                                                            WallTime accepted_at) {
  if (failed_) return failure();
  if (!replaying_) return unavailable("log files were replaced and wait for a new replay");
  if (type.empty()) return std::optional<Placement>();
  TypeEntry& entry = type_entry(type);
  LogFileWriter* file = entry.second.file;
  if (file == nullptr || entry.second.period != period_of(accepted_at)) {
    auto it = files_.find(log_file_path(entry.first, accepted_at, options_.rotate_hours));
    if (it == files_.end()) return std::optional<Placement>();
    file = it->second.get();
    entry.second = {file, period_of(accepted_at)};
  }
  if (!file->replaced) return std::optional<Placement>();
  if (!file->attached()) OX_RETURN_IF_ERROR(attach(*file));
  OX_ASSIGN_OR_RETURN(Placement placement, append(*file, body));
  return std::optional<Placement>(placement);
}

void LogFiles::end_replay() {
  if (!replaying_) return;
  replaying_ = false;
  std::vector<LogFileWriter*> unused;
  for (LogFileWriter* file : replaced_) {
    file->replaced = false;
    if (!file->attached()) unused.push_back(file);
  }
  replaced_.clear();
  forget(unused);
}

Status LogFiles::continue_without_replay() {
  if (failed_) return failure();
  for (LogFileWriter* file : replaced_) {
    if (!file->attached() && !file->buffer().empty()) OX_RETURN_IF_ERROR(attach(*file));
  }
  replaying_ = true;
  end_replay();
  return ok_status();
}

void LogFiles::close_idle() {
  MonoTime now = clock_.mono();
  std::vector<LogFileWriter*> idle;
  for (const auto& [path, file] : files_) {
    if (file->clean() && !file->replaced && now - file->last_write >= options_.idle_close)
      idle.push_back(file.get());
  }
  forget(idle);
}

void LogFiles::forget(const std::vector<LogFileWriter*>& files) {
  if (files.empty()) return;
  std::set<const LogFileWriter*> gone(files.begin(), files.end());
  auto is_gone = [&gone](const LogFileWriter* file) { return gone.contains(file); };
  std::erase_if(unlisted_, is_gone);
  std::erase_if(buffered_, is_gone);
  for (auto& [type, entry] : types_) {
    if (is_gone(entry.file)) entry.file = nullptr;
  }
  if (is_gone(overflow_.second.file)) overflow_.second.file = nullptr;
  for (LogFileWriter* file : files) {
    // Everything in it is synced, so that an error here tells nothing; it is counted.
    if (file->is_open()) close_file(*file).ok();
    files_.erase(files_.find(file->path()));
  }
}

}  // namespace ox
