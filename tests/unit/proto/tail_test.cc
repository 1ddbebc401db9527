#include "proto/tail.h"

#include <doctest/doctest.h>

#include "tests/unit/proto/vectors.h"

namespace ox {

TEST_CASE("tail positions of the golden vectors are read and written") {
  for (const VectorCase& v : read_vectors("tail.txt")) {
    CAPTURE(v.label());
    std::string frame = v.text("position");
    auto position = decode_tail_position(frame);
    if (v.has("error")) {
      CHECK(position.status().code() ==
            (v.text("error") == "corrupt" ? Code::kCorrupt : Code::kUnsupported));
      continue;
    }
    REQUIRE(position.ok());
    CHECK(position->boot_id == v.uuid("boot_id"));
    CHECK(position->sequence == v.uint("sequence"));
    CHECK(position->file_offset == v.uint("file_offset"));
    CHECK(position->file == v.text("file"));
    CHECK(encode_tail_position(*position) == frame);
    for (std::size_t size = 0; size < frame.size(); ++size)
      CHECK(decode_tail_position(std::string_view(frame).substr(0, size)).status().code() ==
            Code::kCorrupt);
  }
}

}  // namespace ox
