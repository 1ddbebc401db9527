#include "common/ingest/fluent/packed_framer.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/bytes.h"
#include "common/base/quantity.h"

namespace ox {
namespace {

// What the first byte of a value tells (msgpack/spec.md, "Formats").
struct PackedForm {
  std::uint8_t width = 0;     // bytes of a length behind it
  std::uint8_t payload = 0;   // bytes of data behind that, beside the length
  std::uint8_t children = 0;  // values behind it, when there is no length
  std::uint8_t each = 0;      // values for one of the length; 0: the length is of bytes
  bool container = false;
  bool used = true;
};

constexpr PackedForm form_of(unsigned tag) {
  if (tag < 0x80 || tag >= 0xe0) return {};
  if (tag < 0x90)
    return {.children = static_cast<std::uint8_t>(2 * (tag & 0xf)), .container = true};
  if (tag < 0xa0) return {.children = static_cast<std::uint8_t>(tag & 0xf), .container = true};
  if (tag < 0xc0) return {.payload = static_cast<std::uint8_t>(tag & 0x1f)};
  auto power = [](unsigned n) { return static_cast<std::uint8_t>(1U << n); };
  switch (tag) {
    case 0xc0:
    case 0xc2:
    case 0xc3:
      return {};
    case 0xc1:
      return {.used = false};
    case 0xc4:
    case 0xc5:
    case 0xc6:
      return {.width = power(tag - 0xc4)};
    case 0xc7:
    case 0xc8:
    case 0xc9:
      return {.width = power(tag - 0xc7), .payload = 1};
    case 0xca:
      return {.payload = 4};
    case 0xcb:
      return {.payload = 8};
    case 0xd9:
    case 0xda:
    case 0xdb:
      return {.width = power(tag - 0xd9)};
    case 0xdc:
    case 0xdd:
      return {.width = power(tag - 0xdc + 1), .each = 1, .container = true};
    case 0xde:
    case 0xdf:
      return {.width = power(tag - 0xde + 1), .each = 2, .container = true};
    default:
      break;
  }
  if (tag < 0xd4) return {.payload = power((tag - 0xcc) % 4)};
  return {.payload = static_cast<std::uint8_t>(1 + (1U << (tag - 0xd4)))};
}

constexpr auto kPackedForms = [] {
  std::array<PackedForm, 256> forms{};
  for (unsigned tag = 0; tag < 256; ++tag) forms[tag] = form_of(tag);
  return forms;
}();

std::uint64_t length_behind(const char* p, std::size_t width) {
  if (width == 1) return load_be<std::uint8_t>(p);
  if (width == 2) return load_be<std::uint16_t>(p);
  return load_be<std::uint32_t>(p);
}

}  // namespace

PackedFramer::PackedFramer(std::size_t max_depth, std::size_t max_bytes)
    : max_depth_(max_depth), max_bytes_(max_bytes) {
  OX_CHECK(max_depth >= 1 && max_depth <= kMaxEventDepth);
}

PackedFramer::Answer PackedFramer::broken(Code code, const char* what) {
  if (code == Code::kCorrupt) {
    status_ = Status(code, fmt::format("not MessagePack at byte {}", at_));
  } else {
    status_ = Status(code, what);
  }
  return Answer::kBroken;
}

PackedFramer::Answer PackedFramer::more(std::size_t wanted) {
  wanted_ = wanted;
  return Answer::kMore;
}

// Passes over the values of the container at hand whose first byte tells all, but for the last.
void PackedFramer::skip_plain(std::string_view bytes) {
  if (depth_ == 0) return;
  std::uint64_t left = left_[depth_ - 1];
  // What ends beyond this, or has too much behind it, is for look() to judge.
  const std::size_t room = std::min(bytes.size(), max_bytes_ - std::min(max_bytes_, left));
  std::size_t at = at_;
  while (left > 1 && at < room) {
    const std::size_t size = kRawTags[static_cast<unsigned char>(bytes[at])].whole;
    if (size == 0 || size > room - at) break;
    at += size;
    --left;
  }
  at_ = at;
  left_[depth_ - 1] = left;
}

PackedFramer::Answer PackedFramer::look(std::string_view bytes) {
  if (!status_.ok()) return Answer::kBroken;
  if (ended_) {
    ended_ = false;
    at_ = depth_ = 0;
  }
  while (true) {
    skip_plain(bytes);
    if (at_ >= bytes.size()) return more(at_ + 1);
    const PackedForm& form = kPackedForms[static_cast<unsigned char>(bytes[at_])];
    if (!form.used) return broken(Code::kCorrupt, "");
    const std::size_t head = 1U + form.width;
    if (bytes.size() - at_ < head) return more(at_ + head);
    std::uint64_t payload = form.payload;
    std::uint64_t children = form.children;
    if (form.width > 0) {
      const std::uint64_t length = length_behind(bytes.data() + at_ + 1, form.width);
      (form.container ? children : payload) += form.container ? length * form.each : length;
    }
    // Each value to come takes a byte at least.
    if (at_ + head + payload + children > max_bytes_) {
      status_ = Status(Code::kTooLarge,
                       fmt::format("a message of more than {}", format_size(max_bytes_)));
      return Answer::kBroken;
    }
    if (payload > bytes.size() - at_ - head)
      return more(at_ + head + static_cast<std::size_t>(payload));
    at_ += head + static_cast<std::size_t>(payload);
    if (form.container) {
      if (depth_ == max_depth_) return broken(Code::kTooLarge, "nested too deeply");
      if (children > 0) {
        left_[depth_++] = children;
        continue;
      }
    }
    while (depth_ > 0 && --left_[depth_ - 1] == 0) --depth_;
    if (depth_ == 0) break;
  }
  ended_ = true;
  return Answer::kWhole;
}

}  // namespace ox
