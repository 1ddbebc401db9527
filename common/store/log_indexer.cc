#include "common/store/log_indexer.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "common/base/crc32c.h"
#include "common/store/block_summary.h"
#include "common/store/event_matcher.h"
#include "common/store/event_splitter.h"
#include "common/store/log_index.h"
#include "common/store/token_filter.h"

namespace ox {
namespace {

constexpr std::size_t kReadPiece = 512 << 10;
constexpr std::size_t kWritePiece = 1 << 20;

// One index on its way.
class LogIndexing {
 public:
  LogIndexing(FileSystem& fs, const LogFile& file, const std::function<bool()>& go_on)
      : fs_(fs), path_(file.path), index_path_(index_path(file)), go_on_(go_on) {}

  Result<IndexedLog> run(const LogFile& file, bool again) {
    OX_ASSIGN_OR_RETURN(RawLog raw, RawLog::open(fs_, file));
    raw_ = &raw;
    const bool stored = !raw.random_access();
    description_.binding =
        stored ? IndexDescription::Binding::kStored : IndexDescription::Binding::kRaw;
    if (raw.size().value_or(raw.stored_size()) < kLeastIndexedBytes) return result_;
    if (!again && take_former(stored)) return result_;
    Status status = read_blocks();
    if (given_up_ && stored) return Status(Code::kUnavailable, "was given up");
    if (Status written = finish(); !written.ok()) {
      if (former_blocks_ == 0) (void)fs_.remove(part_path());
      return written.at(index_path_);
    }
    if (!status.ok()) return status.at(path_);
    return result_;
  }

 private:
  std::string part_path() const { return index_path_ + ".part"; }

  // Takes over what the index has that is there. True when nothing is to be added.
  bool take_former(bool stored) {
    auto former = LogIndex::load(fs_, index_path_);
    if (!former.ok() || !former->fits(*raw_) || former->blocks().empty()) return false;
    result_.covered = former->description().covered;
    if (stored || raw_->size() == former->description().covered) return true;
    former_covered_ = former->description().covered;
    description_ = former->description();
    // The last block may have ended with the file.
    const IndexBlock last = description_.blocks.back();
    description_.blocks.pop_back();
    description_.page_crcs.resize(last.first_page);
    description_.counts.resize(last.first_count);
    description_.covered = last.offset;
    description_.crc = description_.blocks.empty() ? 0 : description_.blocks.back().crc;
    former_blocks_ = description_.blocks.size();
    if (former_blocks_ > 0) written_ = last.filter;
    return false;
  }

  // Adds all blocks there are. Errors: of the log file.
  Status read_blocks() {
    std::size_t begin = 0;  // of the block, in the buffer
    std::size_t end = 0;    // of its events so far
    std::size_t filled = 0;
    bool at_end = false;
    Status status;
    EventSlices slices;
    while (true) {
      const std::string_view rest(buffer_.data() + end, filled - end);
      const std::size_t length = walk_event(rest, slices);
      if (length > kMaxStoredEventBytes) break;
      if (length > 0) {
        if (end > begin && end - begin + length > kIndexBlockBytes) {
          OX_RETURN_IF_ERROR(add_block({buffer_.data() + begin, end - begin}));
          begin = end;
          given_up_ = go_on_ && !go_on_();
          if (given_up_) return ok_status();
        }
        summary_.add(rest.substr(0, length), slices);
        end += length;
        continue;
      }
      if (at_end || is_no_messagepack(rest) || rest.size() > kMaxStoredEventBytes) break;
      // More bytes.
      std::memmove(buffer_.data(), buffer_.data() + begin, filled - begin);
      end -= begin;
      filled -= begin;
      begin = 0;
      const std::size_t piece = std::max(kReadPiece, filled - end);
      if (buffer_.size() < filled + piece) buffer_.resize(filled + piece);
      std::size_t n = 0;
      status = raw_->read(buffer_.data() + filled, piece, description_.covered + filled, n);
      result_.read_bytes += n;
      filled += n;
      at_end = n < piece;
    }
    description_.ended = at_end && end == filled && status.ok();
    if (end > begin) OX_RETURN_IF_ERROR(add_block({buffer_.data() + begin, end - begin}));
    return status;
  }

  Status add_block(std::string_view bytes) {
    const auto most =
        static_cast<std::size_t>(static_cast<double>(bytes.size()) * kMostFilterShare);
    const std::string filter = summary_.filter(most);
    description_.crc = crc32c(bytes, description_.crc);
    IndexBlock& block = summary_.finish(description_);
    block.offset = description_.covered;
    block.length = static_cast<std::uint32_t>(bytes.size());
    block.crc = description_.crc;
    block.filter = written_ + pages_.size();
    block.first_page = static_cast<std::uint32_t>(description_.page_crcs.size());
    block.pages = static_cast<std::uint32_t>(filter.size() / kFilterPageBytes);
    for (std::size_t at = 0; at < filter.size(); at += kFilterPageBytes)
      description_.page_crcs.push_back(
          crc32c(std::string_view(filter).substr(at, kFilterPageBytes)));
    description_.covered += bytes.size();
    pages_ += filter;
    summary_.start();
    return pages_.size() < kWritePiece ? ok_status() : write(pages_);
  }

  Status open() {
    if (former_blocks_ > 0) {
      OX_ASSIGN_OR_RETURN(file_, fs_.open(index_path_, FileSystem::Open::kWrite));
      return ok_status();
    }
    OX_ASSIGN_OR_RETURN(file_, fs_.open(part_path(), FileSystem::Open::kOpenOrCreate));
    OX_RETURN_IF_ERROR(file_->truncate(0));
    return write_all(*file_, encode_index_head(), 0);
  }

  Status write(std::string& bytes) {
    if (file_ == nullptr) OX_RETURN_IF_ERROR(open());
    OX_RETURN_IF_ERROR(write_all(*file_, bytes, written_));
    written_ += bytes.size();
    bytes.clear();
    return ok_status();
  }

  // Puts the description behind the filters.
  Status finish() {
    if (description_.covered == former_covered_ && file_ == nullptr) return ok_status();
    if (description_.blocks.empty()) return ok_status();
    const bool stored = description_.binding == IndexDescription::Binding::kStored;
    description_.bound_length = stored ? raw_->stored_size() : description_.covered;
    auto crc = index_tail_crc(*raw_, description_.binding, description_.bound_length);
    if (!crc) return Status(Code::kIo, "the log file cannot be read again");
    description_.bound_crc = *crc;
    OX_RETURN_IF_ERROR(write(pages_));
    std::string description = encode_index_description(description_);
    description += encode_index_end(description, written_);
    OX_RETURN_IF_ERROR(write(description));
    OX_RETURN_IF_ERROR(file_->truncate(written_));
    OX_RETURN_IF_ERROR(file_->close());
    if (former_blocks_ == 0) OX_RETURN_IF_ERROR(fs_.rename(part_path(), index_path_));
    result_.changed = true;
    result_.covered = description_.covered;
    result_.index_bytes = written_;
    return ok_status();
  }

  FileSystem& fs_;
  const std::string path_;
  const std::string index_path_;
  const std::function<bool()>& go_on_;
  RawLog* raw_ = nullptr;
  std::string buffer_;
  BlockSummary summary_;
  IndexDescription description_;
  std::size_t former_blocks_ = 0;  // taken over: the index is written to where it is
  std::uint64_t former_covered_ = 0;
  std::unique_ptr<File> file_;  // once something is written
  std::uint64_t written_ = kIndexHeadBytes;
  std::string pages_;  // to be written
  bool given_up_ = false;
  IndexedLog result_;
};

}  // namespace

Result<IndexedLog> index_log(FileSystem& fs, const LogFile& file,
                             const std::function<bool()>& go_on, bool again) {
  return LogIndexing(fs, file, go_on).run(file, again);
}

}  // namespace ox
