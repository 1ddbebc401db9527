#pragma once
// A file of runs that a node has not heard of for a while and keeps out of its memory: made once,
// then only read, until it is merged into another one. Byte table in docs/spool.md.
//
// It is a header block and then blocks of records, sorted by run and sequence number, each with a
// CRC. In memory it takes an index (32 bytes for 102 records) and a Bloom filter of the runs (10
// bits for each): a run that is not in it costs a read once in a hundred times, one that is costs
// one.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/uuid.h"
#include "common/spool/segment.h"

namespace ox {

inline constexpr std::size_t kDedupBlockSize = 4096;
inline constexpr std::size_t kDedupRecordsInBlock = 102;

// An interval of sequence numbers of a run, both ends included: all of them are known.
struct DedupRecord {
  Uuid run;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  Micros heard{};  // the node's uptime when it last heard of the run
  bool operator==(const DedupRecord&) const = default;
};
// The order of records: by the bytes of the run, then by first.
bool comes_before(const DedupRecord& a, const DedupRecord& b);

// What a checkpoint says of a file.
struct DedupFileRef {
  std::uint64_t number = 0;  // it names the file; no two files of a spool ever get the same
  std::uint64_t records = 0;
  std::uint64_t runs = 0;
  Micros made_at{};  // in uptime of the node
  bool operator==(const DedupFileRef&) const = default;

  std::uint64_t file_size() const;
};

// "dedup-7" and back.
std::string dedup_file_name(std::uint64_t number);
std::optional<std::uint64_t> parse_dedup_file_name(const std::string& name);

// Bits by which a run that was never added is told from one that was, but for one in a hundred.
class RunFilter {
 public:
  explicit RunFilter(std::uint64_t runs);
  void add(const Uuid& run);
  bool may_have(const Uuid& run) const;
  std::size_t bytes() const { return bits_.size() * sizeof(bits_[0]); }

 private:
  std::vector<std::uint64_t> bits_;
};

// Writes one file. Threading: one thread. A file that is not finished goes with the writer.
class DedupFileWriter {
 public:
  // Errors: kNoSpace, kIo.
  static Result<std::unique_ptr<DedupFileWriter>> create(FileSystem& fs,
                                                         const std::string& directory,
                                                         const Uuid& spool_id, std::uint64_t number,
                                                         Micros made_at);
  ~DedupFileWriter();

  // Records come in their order, and those of a run neither touch nor overlap. Errors: kNoSpace,
  // kIo.
  Status add(const DedupRecord& record);
  bool empty() const { return ref_.records == 0; }
  // Syncs the file, and then the directory: only now it may be named in a checkpoint. Errors:
  // kNoSpace may be tried again with another file, kIo must not.
  Result<DedupFileRef> finish();

 private:
  DedupFileWriter(FileSystem& fs, std::string directory, const Uuid& spool_id)
      : fs_(fs), directory_(std::move(directory)), spool_id_(spool_id) {}
  void seal_block();
  Status write_buffer();

  FileSystem& fs_;
  const std::string directory_;
  const Uuid spool_id_;
  std::string path_;
  std::unique_ptr<File> file_;
  DedupFileRef ref_;
  Uuid last_run_;
  std::string block_;   // records of the block at hand
  std::string buffer_;  // whole blocks
  std::uint64_t written_ = 0;
  std::uint32_t blocks_ = 0;
  bool finished_ = false;
};

// Reads one file. Threading: thread-safe, but for drop_block().
class DedupFile {
 public:
  // Reads the file once, as a whole. `expected` is what the checkpoint says of it, and is believed
  // rather than a damaged header; without it, a damaged header is kCorrupt. Damaged blocks are told
  // in `damage`, and their records are gone. Errors: kNotFound, kIo, kUnsupported (a newer format),
  // kInvalid (of another spool; a nil `spool_id` takes any).
  static Result<std::shared_ptr<DedupFile>> open(FileSystem& fs, const std::string& path,
                                                 const Uuid& spool_id, const DedupFileRef* expected,
                                                 std::vector<DamagedRange>* damage);
  // What the header says, in a file whose header is whole; otherwise as open().
  struct Header {
    Uuid spool_id;
    DedupFileRef ref;
  };
  static Result<Header> read_header(FileSystem& fs, const std::string& path);

  const DedupFileRef& ref() const { return ref_; }
  const std::string& path() const { return path_; }
  const Uuid& spool_id() const { return spool_id_; }
  std::uint64_t readable_records() const { return readable_; }
  std::size_t memory_bytes() const { return filter_.bytes() + blocks_.size() * sizeof(BlockStart); }

  // The record of the run with the greatest first that is not above `seq`. Errors: kIo; kCorrupt
  // when its block, told in `damage`, was good before and is not any more.
  Result<std::optional<DedupRecord>> floor(const Uuid& run, std::uint64_t seq,
                                           DamagedRange* damage) const;
  // The block that holds these bytes of the file is not asked any more.
  void drop_block(std::uint64_t file_offset);

  // Every record that can be read, in order. The file must outlive it. Threading: one thread.
  class Cursor {
   public:
    explicit Cursor(const DedupFile& file) : file_(file) {}
    // Nothing at the end. Damage is told in `damage`, and passed over. Error: kIo.
    Result<std::optional<DedupRecord>> next(std::vector<DamagedRange>* damage);

   private:
    const DedupFile& file_;
    std::uint32_t block_ = 0;  // the next one
    std::string chunk_;        // blocks from chunk_at_ on
    std::uint32_t chunk_at_ = 0;
    std::vector<DedupRecord> records_;  // of the block at hand
    std::size_t at_ = 0;
  };

 private:
  struct BlockStart {  // of a block that can be read
    Uuid run;
    std::uint64_t first;
    std::uint32_t block;
  };

  DedupFile(std::unique_ptr<File> file, std::string path, const DedupFileRef& ref)
      : file_(std::move(file)), path_(std::move(path)), ref_(ref), filter_(ref.runs) {}
  std::uint32_t block_count() const;
  // False when the block is damaged.
  bool decode(std::string_view bytes, std::uint32_t block, std::vector<DedupRecord>& out) const;
  DamagedRange damaged(std::uint32_t block, std::uint32_t count = 1) const;
  Status index(std::vector<DamagedRange>* damage);

  const std::unique_ptr<File> file_;
  const std::string path_;
  const DedupFileRef ref_;
  Uuid spool_id_;
  std::vector<BlockStart> blocks_;
  RunFilter filter_;
  std::uint64_t readable_ = 0;
};

}  // namespace ox
