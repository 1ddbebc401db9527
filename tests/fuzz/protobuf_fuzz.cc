// Bytes as a Protocol Buffers message, and everything in it that may be one. What is read is where
// it is said to be, and all of it is read, or the reader says where it ends.
#include "common/ingest/model/protobuf_reader.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_protobuf {
namespace {

constexpr int kFuzzDepth = 20;

void walk(ProtobufReader reader, std::string_view message, int depth) {
  ProtobufReader::Field field;
  const char* last = message.data();
  while (reader.next(field)) {
    OX_CHECK(field.number >= 1 && field.number < 1u << 29);
    if (field.wire == ProtobufReader::Wire::kFixed32) OX_CHECK(field.value >> 32 == 0);
    if (field.wire != ProtobufReader::Wire::kBytes) {
      OX_CHECK(field.bytes.empty());
      continue;
    }
    OX_CHECK(field.bytes.data() > last);
    last = field.bytes.data() + field.bytes.size();
    OX_CHECK(last <= message.data() + message.size());
    if (depth > 0) walk(reader.inside(field), field.bytes, depth - 1);
  }
  OX_CHECK(!reader.next(field));
  OX_CHECK(reader.status().ok() || reader.status().code() == Code::kCorrupt);
}

}  // namespace

OX_FUZZ_TARGET(protobuf, std::string_view input) { walk(ProtobufReader(input), input, kFuzzDepth); }

}  // namespace ox::fuzz_protobuf
