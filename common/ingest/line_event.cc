#include "common/ingest/line_event.h"

#include <bit>

#include <unistd.h>

#include "common/base/bytes.h"
#include "common/base/uuid.h"

namespace ox {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";
constexpr char kMap1 = '\x81';
constexpr char kMap2 = '\x82';
constexpr char kMap7 = '\x87';
constexpr char kTrue = '\xc3';
constexpr char kFloat64 = '\xcb';
constexpr char kUint16 = '\xcd';
constexpr char kUint32 = '\xce';
constexpr char kRaw16 = '\xda';
constexpr char kRaw32 = '\xdb';

template <typename T>
void append_be(std::string& out, T value) {
  char buffer[sizeof(T)];
  store_be(buffer, value);
  out.append(buffer, sizeof(T));
}

void append_raw(std::string& out, std::string_view bytes) {
  if (bytes.size() < 32) {
    out.push_back(static_cast<char>(0xa0 | bytes.size()));
  } else if (bytes.size() < 65536) {
    out.push_back(kRaw16);
    append_be(out, static_cast<std::uint16_t>(bytes.size()));
  } else {
    out.push_back(kRaw32);
    append_be(out, static_cast<std::uint32_t>(bytes.size()));
  }
  out.append(bytes);
}

void append_uint(std::string& out, std::uint32_t value) {
  if (value < 128) {
    out.push_back(static_cast<char>(value));
  } else if (value < 65536) {
    out.push_back(kUint16);
    append_be(out, static_cast<std::uint16_t>(value));
  } else {
    out.push_back(kUint32);
    append_be(out, value);
  }
}

void put_hex(std::uint64_t value, int digits, char* out) {
  for (int i = digits - 1; i >= 0; --i, value >>= 4) out[i] = kHexDigits[value & 15];
}

}  // namespace

EventIds::EventIds() {
  // All zero is the one state the generator must not have.
  for (std::uint64_t& word : state_) word = random_u64() | 1;
}

std::uint64_t EventIds::random() {
  std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

void EventIds::next(WallTime at, char* out) {
  put_hex(static_cast<std::uint64_t>(at.count() / 1'000'000), 8, out);
  put_hex(random(), 16, out + 8);
  put_hex(random(), 8, out + 24);
}

LineEventEncoder::LineEventEncoder(std::string_view type, std::string_view host)
    : type_(type), host_(host) {
  std::string& out = head_;
  out.push_back(kMap7);
  append_raw(out, "id");
  append_raw(out, std::string(EventIds::kSize, '0'));
  id_at_ = out.size() - EventIds::kSize;
  append_raw(out, "type");
  append_raw(out, type_);
  append_raw(out, "host");
  append_raw(out, host_);
  append_raw(out, "pid");
  append_uint(out, static_cast<std::uint32_t>(::getpid()));
  append_raw(out, "start");
  out.push_back(kFloat64);
  start_at_ = out.size();
  append_be(out, 0.0);
  append_raw(out, "end");
  out.push_back(kFloat64);
  end_at_ = out.size();
  append_be(out, 0.0);
  append_raw(out, "body");
}

void LineEventEncoder::append(std::string& out, std::string_view data, bool starts, bool ends,
                              WallTime at) {
  if (starts || !has_id_) {
    ids_.next(at, head_.data() + id_at_);
    has_id_ = true;
  }
  store_be(head_.data() + start_at_, to_seconds(at));
  store_be(head_.data() + end_at_, to_seconds(at));
  out.append(head_);
  out.push_back(ends ? kMap1 : kMap2);
  append_raw(out, "data");
  append_raw(out, data);
  if (!ends) {
    append_raw(out, "partial");
    out.push_back(kTrue);
  }
}

}  // namespace ox
