#include "proto/tail.h"
#include "tests/fuzz/target.h"

void ox::fuzz(std::string_view input) {
  auto position = decode_tail_position(input);
  if (!position.ok()) return;
  std::string bytes = encode_tail_position(*position);
  OX_CHECK(bytes == input.substr(0, bytes.size()));
}
