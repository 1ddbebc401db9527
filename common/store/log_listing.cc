#include "common/store/log_listing.h"

#include <fmt/format.h>

#include "common/base/bytes.h"
#include "common/base/crc32c.h"

namespace ox {
namespace {

constexpr std::string_view kMagic = "OXLF";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kCrcAt = 8;
constexpr std::size_t kCrcFrom = 12;

// Nothing that would lead out of the log directory, whoever wrote the checkpoint.
bool is_below(std::string_view path) {
  if (path.empty() || path.find('\0') != std::string_view::npos) return false;
  while (true) {
    std::size_t slash = path.find('/');
    std::string_view part = path.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

Status corrupt(std::string_view what) {
  return Status(Code::kCorrupt, fmt::format("the listing of the log files {}", what));
}

}  // namespace

std::string encode_listing(const std::vector<ListedFile>& files) {
  std::string out(kMagic);
  append_le(out, kVersion);
  append_le(out, std::uint32_t{0});
  append_le(out, static_cast<std::uint32_t>(files.size()));
  for (const ListedFile& file : files) {
    append_le(out, static_cast<std::uint16_t>(file.path.size()));
    out += file.path;
    append_le(out, file.inode);
    append_le(out, file.length);
    append_le(out, file.tail_crc);
  }
  store_le(out.data() + kCrcAt, crc32c(std::string_view(out).substr(kCrcFrom)));
  return out;
}

Result<std::vector<ListedFile>> decode_listing(std::string_view bytes) {
  std::vector<ListedFile> files;
  if (bytes.empty()) return files;
  ByteReader reader(bytes);
  if (reader.take(kMagic.size()) != kMagic) return corrupt("is none");
  auto version = reader.le<std::uint32_t>();
  auto crc = reader.le<std::uint32_t>();
  if (!reader.ok() || crc != crc32c(reader.rest())) return corrupt("is damaged");
  if (version != kVersion)
    return Status(
        Code::kUnsupported,
        fmt::format("the log files are listed in format {}, newer than this program", version));
  auto count = reader.le<std::uint32_t>();
  for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
    ListedFile file;
    file.path = reader.string16();
    file.inode = reader.le<std::uint64_t>();
    file.length = reader.le<std::uint64_t>();
    file.tail_crc = reader.le<std::uint32_t>();
    if (reader.ok() && !is_below(file.path))
      return corrupt(fmt::format("names '{}', which is not below the log directory", file.path));
    files.push_back(std::move(file));
  }
  if (!reader.ok() || !reader.at_end()) return corrupt("has not the length it tells");
  return files;
}

}  // namespace ox
