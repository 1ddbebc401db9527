#include "proto/tail.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_tail {

OX_FUZZ_TARGET(tail, std::string_view input) {
  auto position = decode_tail_position(input);
  if (!position.ok()) return;
  std::string bytes = encode_tail_position(*position);
  OX_CHECK(bytes == input.substr(0, bytes.size()));
}

}  // namespace ox::fuzz_tail
