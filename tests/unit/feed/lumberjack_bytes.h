#pragma once
// Frames of tests.
#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <zlib.h>

#include "common/base/bytes.h"

namespace ox::lumberjack_test {

// A window of one, and {"message":"hi"} in it; the same compressed; the answer to either.
inline const std::string kPlain =
    from_hex("325700000001324a00000001000000107b226d657373616765223a226869227d");
inline const std::string kZipped = from_hex(
    "325700000001324300000020789c33f2626060600462816aa5dcd4e2e2c4f454252ba58c4ca55a003dc805fe");
inline const std::string kAck = from_hex("324100000001");

inline std::string number(std::size_t value) {
  char out[4];
  store_be(out, static_cast<std::uint32_t>(value));
  return {out, 4};
}
inline std::string window(std::size_t count) { return "2W" + number(count); }
inline std::string ack(std::size_t sequence) { return "2A" + number(sequence); }
inline std::string event(std::size_t sequence, std::string_view json) {
  return "2J" + number(sequence) + number(json.size()).append(json);
}
inline std::string zipped(std::string_view frames) {
  uLongf size = compressBound(frames.size());
  std::string out(size, '\0');
  REQUIRE(compress(reinterpret_cast<Bytef*>(out.data()), &size,
                   reinterpret_cast<const Bytef*>(frames.data()), frames.size()) == Z_OK);
  out.resize(size);
  return "2C" + number(size) + out;
}

}  // namespace ox::lumberjack_test
