#include "common/spool/dedup_file.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "common/base/bytes.h"
#include "common/base/crc32c.h"

namespace ox {
namespace {

constexpr std::string_view kDedupMagic = "OXDEDUPF";
constexpr std::string_view kPrefix = "dedup-";
constexpr std::uint32_t kDedupVersion = 1;
constexpr std::size_t kBlockCrcAt = 8;  // the CRC covers the rest of the block behind itself
constexpr std::size_t kBlockCrcFrom = 12;
constexpr std::size_t kRecordSize = 40;
constexpr std::size_t kRecordsAt = 8;  // in a block, behind its CRC and the number of records
constexpr std::size_t kBlockIndexAt = kRecordsAt + kDedupRecordsInBlock * kRecordSize;
constexpr std::size_t kStepBlocks = 64;  // read and written at once
static_assert(kBlockIndexAt + 8 == kDedupBlockSize);

std::uint64_t blocks_for(std::uint64_t records) {
  return (records + kDedupRecordsInBlock - 1) / kDedupRecordsInBlock;
}

std::uint64_t mix(std::uint64_t x) {  // the finalizer of SplitMix64
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// The header at the start of `bytes`.
Result<DedupFile::Header> decode_header(std::string_view bytes) {
  std::string_view block = bytes.substr(0, kDedupBlockSize);
  if (block.size() < kDedupBlockSize || !block.starts_with(kDedupMagic) ||
      load_le<std::uint32_t>(&block[kBlockCrcAt]) != crc32c(block.substr(kBlockCrcFrom)))
    return Status(Code::kCorrupt, "its header is damaged");
  ByteReader reader(block.substr(kBlockCrcFrom));
  if (auto version = reader.le<std::uint32_t>(); version != kDedupVersion)
    return Status(Code::kUnsupported,
                  fmt::format("dedup file format {} is newer than this program", version));
  DedupFile::Header header;
  header.spool_id = Uuid::from_bytes(reader.take(16));
  header.ref.number = reader.le<std::uint64_t>();
  header.ref.records = reader.le<std::uint64_t>();
  header.ref.runs = reader.le<std::uint64_t>();
  header.ref.made_at = Micros(reader.le<std::int64_t>());
  return header;
}

std::string encode_header(const Uuid& spool_id, const DedupFileRef& ref) {
  std::string out(kDedupMagic);
  append_le(out, std::uint32_t{0});  // CRC, filled in below
  append_le(out, kDedupVersion);
  out.append(spool_id.view());
  append_le(out, ref.number);
  append_le(out, ref.records);
  append_le(out, ref.runs);
  append_le(out, static_cast<std::int64_t>(ref.made_at.count()));
  out.resize(kDedupBlockSize);
  store_le(&out[kBlockCrcAt], crc32c(std::string_view(out).substr(kBlockCrcFrom)));
  return out;
}

bool key_before(const Uuid& run, std::uint64_t first, const Uuid& other_run, std::uint64_t other) {
  int order = run.view().compare(other_run.view());
  return order != 0 ? order < 0 : first < other;
}

}  // namespace

bool comes_before(const DedupRecord& a, const DedupRecord& b) {
  return key_before(a.run, a.first, b.run, b.first);
}

std::uint64_t DedupFileRef::file_size() const {
  return kDedupBlockSize * (1 + blocks_for(records));
}

std::string dedup_file_name(std::uint64_t number) { return fmt::format("{}{}", kPrefix, number); }

std::optional<std::uint64_t> parse_dedup_file_name(const std::string& name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  std::uint64_t number = 0;
  const char* end = name.data() + name.size();
  auto [rest, error] = std::from_chars(name.data() + kPrefix.size(), end, number);
  if (error != std::errc() || rest != end || dedup_file_name(number) != name) return std::nullopt;
  return number;
}

// --- The filter ----------------------------------------------------------------------------------

static constexpr std::uint64_t kFilterBits = 10;  // for each run: with 7 probes 1 % pass wrongly
static constexpr int kFilterProbes = 7;

RunFilter::RunFilter(std::uint64_t runs) : bits_(runs * kFilterBits / 64 + 1) {}

void RunFilter::add(const Uuid& run) {
  std::uint64_t at = mix(load_le<std::uint64_t>(&run.bytes[0]));
  std::uint64_t step = mix(load_le<std::uint64_t>(&run.bytes[8]) ^ at) | 1;
  for (int i = 0; i < kFilterProbes; ++i, at += step)
    bits_[(at >> 6) % bits_.size()] |= 1ULL << (at & 63);
}

bool RunFilter::may_have(const Uuid& run) const {
  std::uint64_t at = mix(load_le<std::uint64_t>(&run.bytes[0]));
  std::uint64_t step = mix(load_le<std::uint64_t>(&run.bytes[8]) ^ at) | 1;
  for (int i = 0; i < kFilterProbes; ++i, at += step)
    if ((bits_[(at >> 6) % bits_.size()] & (1ULL << (at & 63))) == 0) return false;
  return true;
}

// --- Writing -------------------------------------------------------------------------------------

Result<std::unique_ptr<DedupFileWriter>> DedupFileWriter::create(FileSystem& fs,
                                                                 const std::string& directory,
                                                                 const Uuid& spool_id,
                                                                 std::uint64_t number,
                                                                 Micros made_at) {
  std::unique_ptr<DedupFileWriter> writer(new DedupFileWriter(fs, directory, spool_id));
  writer->ref_.number = number;
  writer->ref_.made_at = made_at;
  std::string path = join_path(directory, dedup_file_name(number));
  OX_ASSIGN_OR_RETURN(writer->file_, fs.open(path, FileSystem::Open::kCreate));
  writer->path_ = path;
  writer->buffer_.assign(kDedupBlockSize, '\0');  // the header comes last
  return writer;
}

DedupFileWriter::~DedupFileWriter() {
  if (finished_ || path_.empty()) return;
  file_.reset();
  (void)fs_.remove(path_);  // otherwise the next start does
}

Status DedupFileWriter::add(const DedupRecord& record) {
  if (block_.empty()) block_.assign(kRecordsAt, '\0');
  block_.append(record.run.view());
  append_le(block_, record.first);
  append_le(block_, record.last);
  append_le(block_, static_cast<std::int64_t>(record.heard.count()));
  if (ref_.records == 0 || record.run != last_run_) ++ref_.runs;
  last_run_ = record.run;
  ++ref_.records;
  if (ref_.records % kDedupRecordsInBlock != 0) return ok_status();
  seal_block();
  return buffer_.size() < kStepBlocks * kDedupBlockSize ? ok_status() : write_buffer();
}

void DedupFileWriter::seal_block() {
  auto records = (block_.size() - kRecordsAt) / kRecordSize;
  store_le(&block_[4], static_cast<std::uint32_t>(records));
  block_.resize(kDedupBlockSize);
  store_le(&block_[kBlockIndexAt], blocks_++);
  store_le(&block_[kBlockIndexAt + 4], static_cast<std::uint32_t>(ref_.number));
  store_le(&block_[0], crc32c(std::string_view(block_).substr(4)));
  buffer_ += block_;
  block_.clear();
}

Status DedupFileWriter::write_buffer() {
  OX_RETURN_IF_ERROR(write_all(*file_, buffer_, written_).at(path_));
  written_ += buffer_.size();
  buffer_.clear();
  return ok_status();
}

Result<DedupFileRef> DedupFileWriter::finish() {
  if (!block_.empty()) seal_block();
  OX_RETURN_IF_ERROR(write_buffer());
  OX_RETURN_IF_ERROR(write_all(*file_, encode_header(spool_id_, ref_), 0).at(path_));
  Status status = file_->sync_data();
  if (status.ok()) status = file_->close();
  if (status.ok()) status = fs_.sync_directory(directory_);
  // After a failed fsync nothing is known, whatever the reason that it gave.
  if (!status.ok()) return Status(Code::kIo, path_ + ": " + status.message());
  finished_ = true;
  return ref_;
}

// --- Reading -------------------------------------------------------------------------------------

Result<DedupFile::Header> DedupFile::read_header(FileSystem& fs, const std::string& path) {
  OX_ASSIGN_OR_RETURN(auto file, fs.open(path, FileSystem::Open::kRead));
  OX_ASSIGN_OR_RETURN(std::string bytes, read_up_to(*file, 0, kDedupBlockSize));
  auto header = decode_header(bytes);
  return header.ok() ? header : header.status().at(path);
}

Result<std::shared_ptr<DedupFile>> DedupFile::open(FileSystem& fs, const std::string& path,
                                                   const Uuid& spool_id,
                                                   const DedupFileRef* expected,
                                                   std::vector<DamagedRange>* damage) {
  OX_ASSIGN_OR_RETURN(auto handle, fs.open(path, FileSystem::Open::kRead));
  OX_ASSIGN_OR_RETURN(std::string bytes, read_up_to(*handle, 0, kDedupBlockSize));
  auto header = decode_header(bytes);
  bool is_damaged = header.status().code() == Code::kCorrupt;
  if (!header.ok() && (!is_damaged || expected == nullptr)) return header.status().at(path);
  if (header.ok() && !spool_id.is_nil() && header->spool_id != spool_id)
    return Status(Code::kInvalid, fmt::format("{} belongs to spool {}, but this is {}", path,
                                              header->spool_id.to_string(), spool_id.to_string()));
  const DedupFileRef& ref = expected != nullptr ? *expected : header->ref;
  if (header.ok() && header->ref != ref) is_damaged = true;
  std::shared_ptr<DedupFile> file(new DedupFile(std::move(handle), path, ref));
  file->spool_id_ = header.ok() ? header->spool_id : spool_id;
  if (is_damaged)
    damage->push_back(
        {path, 0, kDedupBlockSize,
         header.ok() ? "its header is that of another file" : "its header is damaged"});
  OX_RETURN_IF_ERROR(file->index(damage).at(path));
  return file;
}

std::uint32_t DedupFile::block_count() const {
  return static_cast<std::uint32_t>(blocks_for(ref_.records));
}

DamagedRange DedupFile::damaged(std::uint32_t block, std::uint32_t count) const {
  return {path_, kDedupBlockSize * (1 + std::uint64_t{block}),
          kDedupBlockSize * std::uint64_t{count}, "no block of known runs"};
}

bool DedupFile::decode(std::string_view bytes, std::uint32_t block,
                       std::vector<DedupRecord>& out) const {
  out.clear();
  bool is_last = block + 1 == block_count();
  std::uint64_t records =
      is_last ? ref_.records - std::uint64_t{block} * kDedupRecordsInBlock : kDedupRecordsInBlock;
  if (bytes.size() < kDedupBlockSize ||
      load_le<std::uint32_t>(&bytes[0]) != crc32c(bytes.substr(4, kDedupBlockSize - 4)) ||
      load_le<std::uint32_t>(&bytes[4]) != records ||
      load_le<std::uint32_t>(&bytes[kBlockIndexAt]) != block ||
      load_le<std::uint32_t>(&bytes[kBlockIndexAt + 4]) != static_cast<std::uint32_t>(ref_.number))
    return false;
  ByteReader reader(bytes.substr(kRecordsAt));
  for (std::uint64_t i = 0; i < records; ++i) {
    DedupRecord& record = out.emplace_back();
    record.run = Uuid::from_bytes(reader.take(16));
    record.first = reader.le<std::uint64_t>();
    record.last = reader.le<std::uint64_t>();
    record.heard = Micros(reader.le<std::int64_t>());
  }
  return true;
}

Status DedupFile::index(std::vector<DamagedRange>* damage) {
  std::vector<DedupRecord> records;
  std::uint32_t bad_from = 0;  // blocks [bad_from, block) are damaged
  auto tell = [&](std::uint32_t end) {
    if (bad_from < end) damage->push_back(damaged(bad_from, end - bad_from));
  };
  std::uint32_t block = 0;
  while (block < block_count()) {
    std::uint64_t offset = kDedupBlockSize * (1 + std::uint64_t{block});
    OX_ASSIGN_OR_RETURN(std::string chunk,
                        read_up_to(*file_, offset, kStepBlocks * kDedupBlockSize));
    std::string_view rest = chunk;
    for (std::size_t i = 0; i < kStepBlocks && block < block_count(); ++i, ++block) {
      bool is_good = decode(rest.substr(0, kDedupBlockSize), block, records);
      rest.remove_prefix(std::min(rest.size(), kDedupBlockSize));
      if (!is_good) continue;
      tell(block);
      bad_from = block + 1;
      blocks_.push_back({records.front().run, records.front().first, block});
      for (const DedupRecord& record : records) filter_.add(record.run);
      readable_ += records.size();
    }
  }
  tell(block);
  return ok_status();
}

Result<std::optional<DedupRecord>> DedupFile::floor(const Uuid& run, std::uint64_t seq,
                                                    DamagedRange* damage) const {
  std::optional<DedupRecord> none;
  if (!filter_.may_have(run)) return none;
  auto behind = std::upper_bound(blocks_.begin(), blocks_.end(), run,
                                 [&](const Uuid&, const BlockStart& start) {
                                   return key_before(run, seq, start.run, start.first);
                                 });
  if (behind == blocks_.begin()) return none;
  std::uint32_t block = std::prev(behind)->block;
  std::uint64_t offset = kDedupBlockSize * (1 + std::uint64_t{block});
  auto bytes = read_up_to(*file_, offset, kDedupBlockSize);
  if (!bytes.ok()) return bytes.status().at(path_);
  std::vector<DedupRecord> records;
  if (!decode(*bytes, block, records)) {
    *damage = damaged(block);
    return Status(Code::kCorrupt, path_ + ": " + damage->reason);
  }
  auto above = std::upper_bound(records.begin(), records.end(), run,
                                [&](const Uuid&, const DedupRecord& record) {
                                  return key_before(run, seq, record.run, record.first);
                                });
  if (above == records.begin() || std::prev(above)->run != run) return none;
  return std::optional<DedupRecord>(*std::prev(above));
}

void DedupFile::drop_block(std::uint64_t file_offset) {
  std::erase_if(blocks_, [&](const BlockStart& start) {
    return kDedupBlockSize * (1 + std::uint64_t{start.block}) == file_offset;
  });
}

Result<std::optional<DedupRecord>> DedupFile::Cursor::next(std::vector<DamagedRange>* damage) {
  while (at_ == records_.size()) {
    if (block_ == file_.block_count()) return std::optional<DedupRecord>();
    std::size_t in_chunk = std::size_t{block_ - chunk_at_} * kDedupBlockSize;
    if (in_chunk >= chunk_.size()) {
      std::uint64_t offset = kDedupBlockSize * (1 + std::uint64_t{block_});
      auto read = read_up_to(*file_.file_, offset, kStepBlocks / 4 * kDedupBlockSize);
      if (!read.ok()) return read.status().at(file_.path_);
      chunk_ = std::move(*read);
      chunk_at_ = block_;
      in_chunk = 0;
    }
    at_ = 0;
    if (!file_.decode(std::string_view(chunk_).substr(in_chunk, kDedupBlockSize), block_, records_))
      damage->push_back(file_.damaged(block_));
    ++block_;
  }
  return std::optional<DedupRecord>(records_[at_++]);
}

}  // namespace ox
