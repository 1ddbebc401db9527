#include "common/ingest/file_position.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/bytes.h"
#include "common/base/crc32c.h"

namespace ox {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kHeaderSize = 4;
constexpr std::size_t kMarkSize = 31;
constexpr std::size_t kOffsetAt = 16;
constexpr std::size_t kFlagsAt = 24;
constexpr std::uint8_t kMidLine = 1;
constexpr std::size_t kMaxMarks = 4096;

}  // namespace

Fingerprint Fingerprint::of(std::string_view head) {
  std::string_view covered = head.substr(0, kMaxBytes);
  covered = covered.substr(0, covered.find('\0'));
  return {static_cast<std::uint16_t>(covered.size()), crc32c(covered)};
}

bool Fingerprint::matches(std::string_view head) const {
  return head.size() >= bytes && crc32c(head.substr(0, bytes)) == crc;
}

Result<std::string> read_head(File& file) { return read_up_to(file, 0, Fingerprint::kMaxBytes); }

std::string FilePosition::encode() const {
  // More files than this can only be held behind a sink that was full for ages: the oldest matter.
  std::size_t count = std::min(marks.size(), kMaxMarks);
  std::string out;
  out.reserve(kHeaderSize + count * kMarkSize + path.size());
  append_le(out, kVersion);
  append_le(out, std::uint8_t{0});
  append_le(out, static_cast<std::uint16_t>(count));
  for (std::size_t i = 0; i < count; ++i) {
    const FileMark& mark = marks[i];
    append_le(out, mark.id.device);
    append_le(out, mark.id.inode);
    append_le(out, mark.offset);
    append_le(out, static_cast<std::uint8_t>(mark.mid_line ? kMidLine : 0));
    append_le(out, mark.fingerprint.bytes);
    append_le(out, mark.fingerprint.crc);
  }
  out += path;
  return out;
}

Result<FilePosition> FilePosition::decode(std::string_view bytes) {
  ByteReader reader(bytes);
  auto version = reader.le<std::uint8_t>();
  if (reader.ok() && version != kVersion)
    return Status(Code::kUnsupported, fmt::format("file position of version {}", version));
  reader.le<std::uint8_t>();
  auto count = reader.le<std::uint16_t>();
  FilePosition out;
  for (std::size_t i = 0; i < count && reader.ok(); ++i) {
    FileMark mark;
    mark.id.device = reader.le<std::uint64_t>();
    mark.id.inode = reader.le<std::uint64_t>();
    mark.offset = reader.le<std::uint64_t>();
    mark.mid_line = (reader.le<std::uint8_t>() & kMidLine) != 0;
    mark.fingerprint.bytes = reader.le<std::uint16_t>();
    mark.fingerprint.crc = reader.le<std::uint32_t>();
    if (mark.fingerprint.bytes > Fingerprint::kMaxBytes)
      return Status(Code::kCorrupt, "file position with an impossible fingerprint");
    out.marks.push_back(mark);
  }
  if (!reader.ok() || reader.rest().empty())
    return Status(Code::kCorrupt, "file position is cut short");
  out.path = reader.rest();
  return out;
}

void FilePosition::patch(std::string& encoded, std::size_t index, std::uint64_t offset,
                         bool mid_line) {
  std::size_t at = kHeaderSize + index * kMarkSize;
  if (at + kMarkSize > encoded.size()) return;  // beyond kMaxMarks
  store_le(encoded.data() + at + kOffsetAt, offset);
  encoded[at + kFlagsAt] = static_cast<char>(mid_line ? kMidLine : 0);
}

}  // namespace ox
