#include "proto/meta.h"

#include <algorithm>
#include <cstring>

#include "common/base/bytes.h"

namespace ox {

static constexpr std::size_t kEndAt = 1;
static constexpr std::size_t kHostAt = 9;
static constexpr std::size_t kTypeAt = 73;

static std::string_view pascal_string(const char* field) {
  std::size_t length = static_cast<unsigned char>(field[0]);
  return {field + 1, std::min(length, kMetaNameSize)};
}

static void put_pascal_string(char* field, std::string_view text) {
  std::size_t length = std::min(text.size(), kMetaNameSize);
  field[0] = static_cast<char>(length);
  if (length > 0) std::memcpy(field + 1, text.data(), length);
}

MetaError decode_meta(std::string_view frame, Meta& out) {
  if (!frame.empty() && static_cast<std::uint8_t>(frame[0]) != kMetaVersion)
    return MetaError::kVersion;
  if (frame.size() != kMetaSize) return MetaError::kLength;
  out.end = load_be<double>(frame.data() + kEndAt);
  out.host = pascal_string(frame.data() + kHostAt);
  out.type = pascal_string(frame.data() + kTypeAt);
  return MetaError::kNone;
}

std::string encode_meta(const Meta& meta) {
  std::string frame(kMetaSize, '\0');
  frame[0] = static_cast<char>(kMetaVersion);
  store_be(frame.data() + kEndAt, meta.end);
  put_pascal_string(frame.data() + kHostAt, meta.host);
  put_pascal_string(frame.data() + kTypeAt, meta.type);
  return frame;
}

}  // namespace ox
