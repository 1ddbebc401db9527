#pragma once
// One log file that is being written, with the events that wait for it in memory.
//
//   0 ............ synced ............. written ............. end
//   safe, listed    in the page cache     in the buffer only
//
// `synced` and `written` always lie between two events. Bytes go to their place by offset: what a
// failed write left behind `written` is overwritten by the next one.
// Life:      attach() finds or makes the file; close() and open() only give its descriptor away
//            and get it again, what is known of it stays. detach() forgets the file, but not the
//            buffer.
// Errors:    kNotFound, from open(), write() and sync(): the file that was attached is not there
//            any more (unlinked, another one in its place, or cut short). Else kIo, kNoSpace.
// Threading: one thread.
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/store/event_buffer.h"
#include "common/store/log_listing.h"

namespace ox {

// CRC-32C of the last kListedTailBytes before `length`, or of all bytes before it. kNotFound: the
// file is shorter than that.
Result<std::uint32_t> tail_crc(File& file, std::uint64_t length);

class LogFileWriter {
 public:
  // `path` is relative to `directory`, whose file system `fs` is borrowed.
  LogFileWriter(FileSystem& fs, const std::string& directory, std::string path);

  const std::string& path() const { return path_; }
  const std::string& full_path() const { return full_path_; }

  // Opens the file, made when missing; what it holds already is synced and stays in front.
  // kNotFound: its directory is missing. The caller syncs the directory when the file is empty().
  Status attach();
  // Takes it as the one listed, once it was cut to that length; it stays closed.
  void adopt(const FileId& id, const ListedFile& recorded);
  bool attached() const { return attached_; }
  bool is_open() const { return file_ != nullptr; }
  Status open();
  Status close();
  void detach();

  void append(std::string_view event) { buffer_.append(event); }
  const EventBuffer& buffer() const { return buffer_; }
  // An empty buffer takes over the memory of one that is done with, and gives it away again.
  void give_buffer(EventBuffer buffer) { buffer_ = std::move(buffer); }
  EventBuffer take_buffer() { return std::exchange(buffer_, EventBuffer()); }

  std::uint64_t synced() const { return synced_; }
  std::uint64_t written() const { return written_; }
  std::uint64_t end() const { return written_ + buffer_.size(); }
  bool empty() const { return written_ == 0; }
  // True when every event of it is synced.
  bool clean() const { return buffer_.empty() && written_ == synced_; }

  // Writes the buffer; `taken` says what of it reached the file, on an error as well. Must be open.
  // What did not get there stays in the buffer.
  Status write(EventBuffer::Taken& taken);
  // Syncs what is written; the new length counts once accept_sync() is called. Must be open.
  Status sync();
  void accept_sync();
  // Cuts off what is written but not synced. Must be open.
  Status revert();

  // Is the file at its path still this one, and whole? A path that cannot be looked at is taken to
  // be as it was.
  bool unchanged();
  // Cuts what the path has of this file behind synced(), as far as somebody else has left it, so
  // that the events there can be written again.
  void cut_to_synced();

  ListedFile listed_as() const;

  // What LogFiles keeps with each file.
  bool listed = false;           // the stored listing has it: it may be written
  bool queued = false;           // among those to flush
  bool replaced = false;         // its events since the last sync are to come again
  std::uint64_t generation = 0;  // order of attaching, over all files
  MonoTime last_write{};
  std::list<LogFileWriter*>::iterator open_place;  // when is_open()

 private:
  // kNotFound when the open file has no name or lost bytes.
  Status check_whole();

  FileSystem& fs_;
  const std::string path_;
  const std::string full_path_;
  std::unique_ptr<File> file_;
  bool attached_ = false;
  FileId id_;
  EventBuffer buffer_;
  std::uint64_t written_ = 0;
  std::uint64_t synced_ = 0;
  EarlyWriteback writeback_;
  std::uint32_t synced_crc_ = 0;
  std::uint32_t next_crc_ = 0;  // of written_, from sync() to accept_sync()
};

}  // namespace ox
