#include "common/store/log_index.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "common/base/bytes.h"
#include "common/base/crc32c.h"
#include "common/store/token_filter.h"

namespace ox {
namespace {

constexpr std::string_view kIndexMagic = "OXLI";
constexpr std::uint32_t kIndexVersion = 1;
constexpr std::size_t kIndexEndBytes = 20;
constexpr std::string_view kIndexSuffix = ".idx";
constexpr std::string_view kIndexPartSuffix = ".idx.part";
constexpr std::uint16_t kNotCounted = 0xffff;
constexpr std::int16_t kStoredNoLevel = INT16_MIN;
constexpr std::size_t kBlockBytesAtLeast = 54;

Status damaged_index(std::string_view what) {
  return Status(Code::kCorrupt, fmt::format("damaged index: {}", what));
}

void append_block(std::string& out, const IndexDescription& description, const IndexBlock& block) {
  append_le(out, block.length);
  append_le(out, block.events);
  append_le(out, block.min_end);
  append_le(out, block.max_end);
  append_le(out, block.max_level);
  append_le(out, block.type);
  append_le(out, block.crc);
  append_le(out, block.filter);
  append_le(out, static_cast<std::uint16_t>(block.pages));
  for (std::uint32_t i = 0; i < block.pages; ++i)
    append_le(out, description.page_crcs[block.first_page + i]);
  append_le(out, block.counted ? static_cast<std::uint16_t>(block.counts) : kNotCounted);
  for (const SlotCount& count : description.counts_of(block)) {
    append_le(out, count.slot.slot);
    append_le(out, count.slot.level == CountSlot::kNoLevel
                       ? kStoredNoLevel
                       : static_cast<std::int16_t>(count.slot.level));
    append_le(out, count.events);
  }
}

// Takes a block off the reader, with all that it must fulfil.
Status take_block(ByteReader& reader, std::uint64_t filters_end, IndexDescription& description) {
  IndexBlock block;
  block.offset = description.covered;
  block.length = reader.le<std::uint32_t>();
  block.events = reader.le<std::uint32_t>();
  block.min_end = reader.le<double>();
  block.max_end = reader.le<double>();
  block.max_level = reader.le<double>();
  block.type = reader.le<std::uint16_t>();
  block.crc = reader.le<std::uint32_t>();
  block.filter = reader.le<std::uint64_t>();
  block.pages = reader.le<std::uint16_t>();
  block.first_page = static_cast<std::uint32_t>(description.page_crcs.size());
  block.first_count = static_cast<std::uint32_t>(description.counts.size());
  if (block.length == 0 || block.events == 0 || block.events > block.length)
    return damaged_index("an empty block");
  if (block.type < IndexBlock::kNoType && block.type >= description.types.size())
    return damaged_index("a block of an unknown type");
  if (block.filter < kIndexHeadBytes || block.filter > filters_end ||
      (filters_end - block.filter) / kFilterPageBytes < block.pages)
    return damaged_index("a filter beyond the end");
  for (std::uint32_t i = 0; i < block.pages && reader.ok(); ++i)
    description.page_crcs.push_back(reader.le<std::uint32_t>());
  const auto counts = reader.le<std::uint16_t>();
  block.counted = counts != kNotCounted;
  block.counts = block.counted ? counts : 0;
  std::uint64_t counted = 0;
  for (std::uint32_t i = 0; i < block.counts && reader.ok(); ++i) {
    SlotCount count;
    count.slot.slot = reader.le<std::int32_t>();
    const auto level = reader.le<std::int16_t>();
    count.slot.level = level == kStoredNoLevel ? CountSlot::kNoLevel : level;
    count.events = reader.le<std::uint32_t>();
    counted += count.events;
    description.counts.push_back(count);
  }
  if (!reader.ok()) return damaged_index("cut");
  if (block.counted && counted != block.events) return damaged_index("counts that do not add up");
  description.covered += block.length;
  description.blocks.push_back(block);
  return ok_status();
}

}  // namespace

std::string encode_index_description(const IndexDescription& description) {
  std::string out;
  append_le(out, static_cast<std::uint8_t>(description.binding));
  append_le(out, static_cast<std::uint8_t>(description.ended ? 1 : 0));
  append_le(out, description.covered);
  append_le(out, description.crc);
  append_le(out, description.bound_length);
  append_le(out, description.bound_crc);
  append_le(out, static_cast<std::uint16_t>(description.types.size()));
  for (const std::string& type : description.types) {
    append_le(out, static_cast<std::uint16_t>(type.size()));
    out += type;
  }
  append_le(out, static_cast<std::uint32_t>(description.blocks.size()));
  for (const IndexBlock& block : description.blocks) append_block(out, description, block);
  return out;
}

Result<IndexDescription> decode_index_description(std::string_view bytes,
                                                  std::uint64_t filters_end) {
  ByteReader reader(bytes);
  IndexDescription description;
  const auto binding = reader.le<std::uint8_t>();
  const auto ended = reader.le<std::uint8_t>();
  if (binding != 1 && binding != 2) return damaged_index("bound to nothing known");
  if (ended > 1) return damaged_index("an end of no known kind");
  description.binding = static_cast<IndexDescription::Binding>(binding);
  description.ended = ended == 1;
  const auto covered = reader.le<std::uint64_t>();
  description.crc = reader.le<std::uint32_t>();
  description.bound_length = reader.le<std::uint64_t>();
  description.bound_crc = reader.le<std::uint32_t>();
  const auto types = reader.le<std::uint16_t>();
  for (std::uint32_t i = 0; i < types && reader.ok(); ++i)
    description.types.emplace_back(reader.string16());
  const auto blocks = reader.le<std::uint32_t>();
  if (!reader.ok() || blocks > reader.rest().size() / kBlockBytesAtLeast)
    return damaged_index("cut");
  description.blocks.reserve(blocks);
  for (std::uint32_t i = 0; i < blocks; ++i)
    OX_RETURN_IF_ERROR(take_block(reader, filters_end, description));
  if (!reader.at_end()) return damaged_index("bytes behind its end");
  if (covered != description.covered) return damaged_index("blocks that do not add up");
  if (description.binding == IndexDescription::Binding::kRaw && description.bound_length != covered)
    return damaged_index("bound to another length");
  return description;
}

std::string encode_index_head() {
  std::string out(kIndexMagic);
  append_le(out, kIndexVersion);
  return out;
}

std::string encode_index_end(std::string_view description, std::uint64_t offset) {
  std::string out;
  append_le(out, offset);
  append_le(out, static_cast<std::uint32_t>(description.size()));
  append_le(out, crc32c(out, crc32c(description)));
  out += kIndexMagic;
  return out;
}

std::string index_path(const LogFile& file) {
  std::string path = file.path;
  if (file.compression != Compression::kNone) path.resize(path.rfind('.'));
  return path.append(kIndexSuffix);
}

Status remove_index(FileSystem& fs, const LogFile& file) {
  const std::string path = index_path(file);
  for (const std::string& each : {path, path + ".part"})
    if (Status status = fs.remove(each); !status.ok() && status.code() != Code::kNotFound)
      return status;
  return ok_status();
}

Result<std::size_t> remove_orphaned_indexes(FileSystem& fs, const std::string& directory) {
  OX_ASSIGN_OR_RETURN(auto top, fs.list(directory));
  std::vector<std::string> directories = {directory};
  for (const DirectoryEntry& entry : top)
    if (entry.is_directory && !entry.name.starts_with('.'))
      directories.push_back(join_path(directory, entry.name));
  std::size_t removed = 0;
  for (const std::string& each : directories) {
    OX_ASSIGN_OR_RETURN(auto entries, fs.list(each));
    std::set<std::string> names;
    for (const DirectoryEntry& entry : entries) names.insert(entry.name);
    for (const std::string& name : names) {
      if (!is_index_name(name)) continue;
      const std::string log = name.substr(0, name.rfind(kIndexSuffix));
      const bool has_log = names.contains(log) || names.contains(log + ".zst") ||
                           names.contains(log + ".gz") || names.contains(log + ".bz2");
      if (!has_log && fs.remove(join_path(each, name)).ok()) ++removed;
    }
  }
  return removed;
}

bool is_index_name(std::string_view name) {
  for (std::string_view suffix : {kIndexSuffix, kIndexPartSuffix})
    if (name.ends_with(suffix) &&
        parse_log_file_name(name.substr(0, name.size() - suffix.size())).has_value())
      return true;
  return false;
}

Result<LogIndex> LogIndex::load(FileSystem& fs, const std::string& path) {
  LogIndex index;
  OX_ASSIGN_OR_RETURN(index.file_, fs.open(path, FileSystem::Open::kReadFollow));
  OX_ASSIGN_OR_RETURN(FileInfo info, index.file_->info());
  if (info.size < kIndexHeadBytes + kIndexEndBytes) return damaged_index("cut").at(path);
  OX_ASSIGN_OR_RETURN(std::string head, read_up_to(*index.file_, 0, kIndexHeadBytes));
  OX_ASSIGN_OR_RETURN(std::string end,
                      read_up_to(*index.file_, info.size - kIndexEndBytes, kIndexEndBytes));
  ByteReader head_reader(head);
  if (head_reader.take(kIndexMagic.size()) != kIndexMagic)
    return damaged_index("another file").at(path);
  if (const auto version = head_reader.le<std::uint32_t>(); version != kIndexVersion)
    return Status(Code::kUnsupported, fmt::format("index of version {}", version)).at(path);
  ByteReader reader(end);
  const auto offset = reader.le<std::uint64_t>();
  const auto size = reader.le<std::uint32_t>();
  const auto crc = reader.le<std::uint32_t>();
  if (reader.take(kIndexMagic.size()) != kIndexMagic || offset < kIndexHeadBytes ||
      size > kMaxIndexDescription || offset + size + kIndexEndBytes != info.size)
    return damaged_index("its end").at(path);
  OX_ASSIGN_OR_RETURN(std::string bytes, read_up_to(*index.file_, offset, size));
  constexpr std::size_t kCrcFrom = 12;
  if (bytes.size() != size ||
      crc32c(std::string_view(end).substr(0, kCrcFrom), crc32c(bytes)) != crc)
    return damaged_index("its CRC").at(path);
  auto description = decode_index_description(bytes, offset);
  if (!description.ok()) return description.status().at(path);
  index.description_ = std::move(*description);
  index.filters_end_ = offset;
  return index;
}

std::optional<std::uint32_t> index_tail_crc(RawLog& raw, IndexDescription::Binding binding,
                                            std::uint64_t length) {
  const auto size = static_cast<std::size_t>(std::min(length, kIndexTailBytes));
  std::string tail(size, '\0');
  if (binding == IndexDescription::Binding::kStored) {
    auto read = read_up_to(raw.stored(), length - size, size);
    if (!read.ok()) return std::nullopt;
    tail = std::move(*read);
  } else {
    std::size_t filled = 0;
    if (!raw.read(tail.data(), size, length - size, filled).ok()) return std::nullopt;
    tail.resize(filled);
  }
  if (tail.size() != size) return std::nullopt;
  return crc32c(tail);
}

bool LogIndex::fits(RawLog& raw) const {
  const IndexDescription& d = description_;
  if (d.binding == IndexDescription::Binding::kStored) {
    return !raw.random_access() && raw.stored_size() == d.bound_length &&
           index_tail_crc(raw, d.binding, d.bound_length) == d.bound_crc;
  }
  if (!raw.random_access() || raw.size().value_or(0) < d.covered) return false;
  // A compressed file knows the CRC of all that it was made from.
  if (const SeekableIndex* frames = raw.frames(); frames != nullptr && frames->origin &&
                                                  frames->origin->length == frames->raw_bytes &&
                                                  frames->raw_bytes == d.covered)
    return frames->origin->crc == d.crc;
  return index_tail_crc(raw, d.binding, d.bound_length) == d.bound_crc;
}

bool LogIndex::may_hold(const IndexBlock& block, std::uint64_t token) {
  if (block.pages == 0) return true;
  const std::uint32_t number = filter_page_of(token, block.pages);
  char page[kFilterPageBytes];
  auto filled = read_up_to(*file_, block.filter + number * kFilterPageBytes, page, sizeof(page));
  if (!filled.ok() || *filled < sizeof(page)) return true;
  const std::string_view bytes(page, sizeof(page));
  if (crc32c(bytes) != description_.page_crcs[block.first_page + number]) return true;
  return filter_page_may_hold(bytes, token);
}

}  // namespace ox
