// The first byte of the input chooses the decoder.
#include "proto/link.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_link {

// What was read can be written, and is then read as the same.
template <typename T>
static void round_trip(std::string_view input, Result<T> (*decode)(std::string_view),
                       std::string (*encode)(const T&)) {
  auto first = decode(input);
  if (!first.ok()) return;
  std::string bytes = encode(*first);
  auto second = decode(bytes);
  OX_CHECK(second.ok());
  OX_CHECK(encode(*second) == bytes);
}

OX_FUZZ_TARGET(link, std::string_view input) {
  if (input.empty()) return;
  char which = input[0];
  input.remove_prefix(1);
  switch (which % 5) {
    case 0:
      return round_trip(input, decode_link_header, encode_link_header);
    case 1:
      return round_trip(input, decode_hello, encode_hello);
    case 2:
      return round_trip(input, decode_welcome, encode_welcome);
    case 3:
      return round_trip(input, decode_ack, encode_ack);
    default:
      return round_trip(input, decode_reject, encode_reject);
  }
}

}  // namespace ox::fuzz_link
