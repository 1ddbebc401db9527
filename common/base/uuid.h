#pragma once
// 128-bit random identifiers (RFC 4122 version 4): runs, boots, nodes.
#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace ox {

struct Uuid {
  std::array<char, 16> bytes{};

  // From the kernel's random source; unique for every call.
  static Uuid random();
  // "01234567-89ab-4def-8123-456789abcdef", in either case. Error: kInvalid.
  static Result<Uuid> parse(std::string_view text);
  // Version 5: always the same for the same name in the same namespace (SHA-1).
  static Uuid derived(const Uuid& name_space, std::string_view name);
  // Exactly 16 bytes, in wire order.
  static Uuid from_bytes(std::string_view sixteen);

  std::string to_string() const;
  std::string_view view() const { return {bytes.data(), bytes.size()}; }
  bool is_nil() const { return *this == Uuid{}; }

  auto operator<=>(const Uuid&) const = default;
};

struct UuidHash {
  std::size_t operator()(const Uuid& id) const { return std::hash<std::string_view>()(id.view()); }
};

// A random 64-bit number from the kernel's random source.
std::uint64_t random_u64();

}  // namespace ox
