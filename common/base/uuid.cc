#include "common/base/uuid.h"

#include <algorithm>
#include <cstring>

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid.hpp>
#include <sys/random.h>

#include "common/base/bytes.h"

namespace ox {

static void fill_random(char* out, std::size_t size) {
  while (size > 0) {
    ssize_t n = ::getrandom(out, size, 0);
    if (n <= 0) continue;  // EINTR only: the pool is ready long before a daemon starts
    out += n;
    size -= static_cast<std::size_t>(n);
  }
}

Uuid Uuid::random() {
  Uuid id;
  fill_random(id.bytes.data(), id.bytes.size());
  id.bytes[6] = static_cast<char>((id.bytes[6] & 0x0f) | 0x40);
  id.bytes[8] = static_cast<char>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

Uuid Uuid::derived(const Uuid& name_space, std::string_view name) {
  boost::uuids::uuid space{};
  std::copy(name_space.bytes.begin(), name_space.bytes.end(), space.begin());
  boost::uuids::uuid made = boost::uuids::name_generator_sha1(space)(name.data(), name.size());
  Uuid id;
  std::copy(made.begin(), made.end(), id.bytes.begin());
  return id;
}

Uuid Uuid::from_bytes(std::string_view sixteen) {
  OX_CHECK(sixteen.size() == 16);
  Uuid id;
  std::memcpy(id.bytes.data(), sixteen.data(), 16);
  return id;
}

std::string Uuid::to_string() const {
  std::string hex = to_hex(view());
  for (std::size_t at : {8U, 13U, 18U, 23U}) hex.insert(at, 1, '-');
  return hex;
}

Result<Uuid> Uuid::parse(std::string_view text) {
  auto bad = [&] { return Status(Code::kInvalid, "not a UUID: " + std::string(text)); };
  if (text.size() != 36) return bad();
  std::string hex;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-') return bad();
    } else {
      hex.push_back(text[i]);
    }
  }
  std::string raw = from_hex(hex);
  if (raw.size() != 16) return bad();
  return from_bytes(raw);
}

std::uint64_t random_u64() {
  char raw[8];
  fill_random(raw, sizeof(raw));
  return load_le<std::uint64_t>(raw);
}

}  // namespace ox
