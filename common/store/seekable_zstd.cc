#include "common/store/seekable_zstd.h"

#include <fmt/format.h>
#include <zstd.h>

#include "common/base/bytes.h"

namespace ox {
namespace {

constexpr std::uint32_t kTableFrame = 0x184D2A5E;
constexpr std::uint32_t kOriginFrame = 0x184D2A5C;
constexpr std::uint32_t kSeekableMagic = 0x8F92EAB1;
constexpr std::size_t kSkippableHead = 8;  // number and size
constexpr std::size_t kTableFooter = 9;    // count, flags, magic
constexpr std::size_t kTableEntry = 8;
constexpr std::uint8_t kChecksumFlag = 0x80;
constexpr std::uint8_t kReservedFlags = 0x7c;
constexpr std::uint32_t kMostFrames = 0x8000000;  // of the format

constexpr std::string_view kOriginMagic = "OXZL";
constexpr std::size_t kOriginBytes = 20;     // of version 1
constexpr std::size_t kCutOriginBytes = 28;  // of version 2

Status bad_table(std::string_view what) {
  return Status(Code::kCorrupt, fmt::format("its seek table {}", what));
}

std::optional<LogOrigin> decode_origin(std::string_view frame) {
  ByteReader reader(frame);
  if (reader.le<std::uint32_t>() != kOriginFrame) return std::nullopt;
  const auto size = reader.le<std::uint32_t>();
  if (reader.take(kOriginMagic.size()) != kOriginMagic) return std::nullopt;
  const auto version = reader.le<std::uint32_t>();
  const bool known =
      (version == 1 && size == kOriginBytes) || (version == 2 && size == kCutOriginBytes);
  if (!known) return std::nullopt;
  LogOrigin origin;
  origin.length = reader.le<std::uint64_t>();
  origin.crc = reader.le<std::uint32_t>();
  if (version == 2) origin.cutoffs = reader.le<std::uint64_t>();
  if (!reader.ok()) return std::nullopt;
  return origin;
}

}  // namespace

struct FrameCompressor::Context {
  ZSTD_CCtx* zstd = ::ZSTD_createCCtx();
  ~Context() { ::ZSTD_freeCCtx(zstd); }
};

FrameCompressor::FrameCompressor(int level) : context_(std::make_unique<Context>()) {
  OX_CHECK(context_->zstd != nullptr);
  ::ZSTD_CCtx_setParameter(context_->zstd, ZSTD_c_compressionLevel, level);
  ::ZSTD_CCtx_setParameter(context_->zstd, ZSTD_c_checksumFlag, 1);
}

FrameCompressor::~FrameCompressor() = default;

Result<std::string> FrameCompressor::compress(std::string_view raw) {
  std::string out(::ZSTD_compressBound(raw.size()), '\0');
  std::size_t size =
      ::ZSTD_compress2(context_->zstd, out.data(), out.size(), raw.data(), raw.size());
  if (::ZSTD_isError(size) != 0)
    return Status(Code::kInvalid, fmt::format("zstd: {}", ::ZSTD_getErrorName(size)));
  out.resize(size);
  return out;
}

Result<std::string> decompress_frame(std::string_view packed, std::uint32_t raw_size) {
  // What it says itself, so that a damaged table does not make us reserve gigabytes.
  if (::ZSTD_getFrameContentSize(packed.data(), packed.size()) != raw_size)
    return Status(Code::kCorrupt, "is no zstd frame of that size");
  std::string raw(raw_size, '\0');
  std::size_t size = ::ZSTD_decompress(raw.data(), raw.size(), packed.data(), packed.size());
  if (::ZSTD_isError(size) != 0 || size != raw_size)
    return Status(Code::kCorrupt, "is a damaged zstd frame");
  return raw;
}

std::string encode_origin(const LogOrigin& origin) {
  std::string out;
  append_le(out, kOriginFrame);
  const bool cut = origin.cutoffs != 0;
  append_le(out, static_cast<std::uint32_t>(cut ? kCutOriginBytes : kOriginBytes));
  out += kOriginMagic;
  append_le(out, std::uint32_t{cut ? 2U : 1U});
  append_le(out, origin.length);
  append_le(out, origin.crc);
  if (cut) append_le(out, origin.cutoffs);
  return out;
}

std::string encode_seek_table(const std::vector<SeekableFrame>& frames) {
  std::string out;
  append_le(out, kTableFrame);
  append_le(out, static_cast<std::uint32_t>(frames.size() * kTableEntry + kTableFooter));
  for (const SeekableFrame& frame : frames) {
    append_le(out, frame.size);
    append_le(out, frame.raw_size);
  }
  append_le(out, static_cast<std::uint32_t>(frames.size()));
  append_le(out, std::uint8_t{0});
  append_le(out, kSeekableMagic);
  return out;
}

Result<std::optional<SeekableIndex>> read_seekable_index(File& file) {
  OX_ASSIGN_OR_RETURN(FileInfo info, file.info());
  std::optional<SeekableIndex> none;
  if (info.size < kSkippableHead + kTableFooter) return none;
  auto footer = read_up_to(file, info.size - kTableFooter, kTableFooter);
  if (!footer.ok()) return footer.status();
  if (footer->size() < kTableFooter) return bad_table("was cut");
  auto count = load_le<std::uint32_t>(footer->data());
  auto flags = load_le<std::uint8_t>(footer->data() + 4);
  if (load_le<std::uint32_t>(footer->data() + 5) != kSeekableMagic) return none;
  if ((flags & kReservedFlags) != 0 || count > kMostFrames) return bad_table("is damaged");
  std::size_t entry = kTableEntry + ((flags & kChecksumFlag) != 0 ? 4 : 0);
  std::uint64_t table_bytes = std::uint64_t{count} * entry + kTableFooter;
  if (table_bytes + kSkippableHead > info.size) return bad_table("is longer than the file");

  SeekableIndex index;
  index.data_bytes = info.size - table_bytes - kSkippableHead;
  auto table = read_up_to(file, index.data_bytes, kSkippableHead + table_bytes);
  if (!table.ok()) return table.status();
  ByteReader reader(*table);
  if (reader.le<std::uint32_t>() != kTableFrame || reader.le<std::uint32_t>() != table_bytes)
    return bad_table("is damaged");
  std::uint64_t offset = 0;
  index.frames.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    SeekableFrame frame{.offset = offset, .raw_offset = index.raw_bytes};
    frame.size = reader.le<std::uint32_t>();
    frame.raw_size = reader.le<std::uint32_t>();
    if (entry > kTableEntry) (void)reader.le<std::uint32_t>();
    offset += frame.size;
    index.raw_bytes += frame.raw_size;
    index.frames.push_back(frame);
  }
  if (!reader.ok() || offset != index.data_bytes) return bad_table("does not fit the file");
  for (auto frame = index.frames.rbegin(); frame != index.frames.rend() && !index.origin; ++frame) {
    if (frame->raw_size != 0 || (frame->size != kSkippableHead + kOriginBytes &&
                                 frame->size != kSkippableHead + kCutOriginBytes))
      continue;
    auto bytes = read_up_to(file, frame->offset, frame->size);
    if (!bytes.ok()) return bytes.status();
    index.origin = decode_origin(*bytes);
  }
  return std::optional<SeekableIndex>(std::move(index));
}

}  // namespace ox
