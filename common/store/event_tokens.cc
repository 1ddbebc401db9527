#include "common/store/event_tokens.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "common/base/bytes.h"
#include "proto/raw_value.h"

namespace ox {
namespace {

constexpr std::uint64_t kFnvBasis = 0xcbf29ce484222325U;
constexpr std::uint64_t kFnvPrime = 0x100000001b3U;
constexpr std::size_t kFirstSlots = 1 << 14;
constexpr double kWholeBelow = 9007199254740992.0;  // 2^53

// What a byte of a token counts as; 0 for the others.
constexpr std::array<unsigned char, 256> kTokenBytes = [] {
  std::array<unsigned char, 256> bytes{};
  for (unsigned char c = '0'; c <= '9'; ++c) bytes[c] = c;
  for (unsigned char c = 'a'; c <= 'z'; ++c) bytes[c] = c;
  for (unsigned char c = 'A'; c <= 'Z'; ++c) bytes[c] = static_cast<unsigned char>(c - 'A' + 'a');
  bytes['_'] = '_';
  return bytes;
}();

std::uint64_t mixed(std::uint64_t hash) {
  hash ^= hash >> 30;
  hash *= 0xbf58476d1ce4e5b9U;
  hash ^= hash >> 27;
  hash *= 0x94d049bb133111ebU;
  hash ^= hash >> 31;
  return hash == 0 ? 1 : hash;  // 0 is a free slot of a TokenSet
}

template <typename Each>
void for_each_token(std::string_view text, const Each& each) {
  std::uint64_t hash = kFnvBasis;
  bool inside = false;
  for (char c : text) {
    const unsigned char byte = kTokenBytes[static_cast<unsigned char>(c)];
    if (byte != 0) {
      hash = (hash ^ byte) * kFnvPrime;
      inside = true;
    } else if (inside) {
      each(mixed(hash));
      hash = kFnvBasis;
      inside = false;
    }
  }
  if (inside) each(mixed(hash));
}

std::uint64_t number_hash(std::uint64_t value) {
  char digits[20];
  char* end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
  return token_hash({digits, static_cast<std::size_t>(end - digits)});
}

}  // namespace

std::uint64_t token_hash(std::string_view token) {
  std::uint64_t hash = kFnvBasis;
  for (char c : token) hash = (hash ^ kTokenBytes[static_cast<unsigned char>(c)]) * kFnvPrime;
  return mixed(hash);
}

std::vector<std::uint64_t> tokens_of_text(std::string_view text) {
  std::vector<std::uint64_t> hashes;
  for_each_token(text, [&](std::uint64_t hash) { hashes.push_back(hash); });
  return hashes;
}

TokenSet::TokenSet() : slots_(kFirstSlots) {}

void TokenSet::add_text(std::string_view text) {
  for_each_token(text, [this](std::uint64_t hash) { add(hash); });
}

void TokenSet::add_event(std::string_view event) {
  std::uint64_t left = 1;  // values to come
  for (; left > 0 && !event.empty(); --left) {
    const RawValue value(event);
    std::size_t size = 0;
    switch (value.kind()) {
      case RawValue::Kind::kMap:
      case RawValue::Kind::kArray: {
        const auto tag = static_cast<unsigned char>(event[0]);
        left += (value.is_map() ? 2 : 1) * std::uint64_t{value.size()};
        size = tag < 0xa0 ? 1 : tag == 0xdc || tag == 0xde ? 3 : 5;
        break;
      }
      case RawValue::Kind::kText:
        if (auto text = value.as_text()) add_text(*text);
        size = skip_value(event);
        break;
      case RawValue::Kind::kInt:
        if (auto number = value.as_int()) {
          const auto bits = static_cast<std::uint64_t>(*number);
          add(number_hash(*number < 0 ? 0 - bits : bits));
        } else if (auto large = value.as_uint()) {
          add(number_hash(*large));
        }
        size = skip_value(event);
        break;
      case RawValue::Kind::kFloat: {
        const double number = std::fabs(*value.as_number());
        if (number < kWholeBelow && number == std::floor(number))
          add(number_hash(static_cast<std::uint64_t>(number)));
        size = skip_value(event);
        break;
      }
      case RawValue::Kind::kExt:
        size = skip_value(event);
        if (size > 0) {
          const std::size_t head = kRawTags[static_cast<unsigned char>(event[0])].head;
          add_text(to_hex(event.substr(head, size - head)));
        }
        break;
      default:
        size = skip_value(event);
        break;
    }
    if (size == 0) return;
    event.remove_prefix(size);
  }
}

void TokenSet::add(std::uint64_t hash) {
  for (std::size_t i = hash & (slots_.size() - 1);; i = (i + 1) & (slots_.size() - 1)) {
    if (slots_[i] == hash) return;
    if (slots_[i] != 0) continue;
    slots_[i] = hash;
    break;
  }
  if (++size_ * 2 > slots_.size()) grow();
}

void TokenSet::grow() {
  std::vector<std::uint64_t> former(slots_.size() * 2);
  former.swap(slots_);
  size_ = 0;
  for (std::uint64_t hash : former)
    if (hash != 0) add(hash);
}

void TokenSet::clear() {
  std::fill(slots_.begin(), slots_.end(), 0);
  size_ = 0;
}

}  // namespace ox
