#pragma once
// The wire format of Protocol Buffers (protobuf.dev/programming-guides/encoding), one message at a
// time, without its schema: who knows the schema asks for the fields it wants.
//
//   ProtobufReader reader(bytes);
//   ProtobufReader::Field field;
//   while (reader.next(field))
//     if (field.is(2, Wire::kBytes)) read_entry(reader.inside(field));
//   return reader.status();
//
// A field of a known number and another wire type than its schema's is to be treated as unknown,
// as protobuf's own readers do it. Groups, which proto3 does not have, are refused.
// Safe on any bytes; nothing is copied or allocated but the words of an error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/status.h"

namespace ox {

class ProtobufReader {
 public:
  enum class Wire : std::uint8_t {
    kVarint = 0,   // int32, int64, uint32, uint64, sint32, sint64, bool, enum
    kFixed64 = 1,  // fixed64, sfixed64, double
    kBytes = 2,    // string, bytes, messages, packed repeated fields
    kFixed32 = 5,  // fixed32, sfixed32, float
  };

  struct Field {
    std::uint32_t number = 0;
    Wire wire = Wire::kVarint;
    std::uint64_t value = 0;  // the bits of all but kBytes
    std::string_view bytes;   // of kBytes; as long as the message is

    bool is(std::uint32_t wanted, Wire type) const { return number == wanted && wire == type; }
    std::int64_t as_int() const { return static_cast<std::int64_t>(value); }
    double as_double() const;  // of kFixed64
    float as_float() const;    // of kFixed32
  };

  explicit ProtobufReader(std::string_view message) : ProtobufReader(message, 0) {}

  // The next field in the order of the wire. False at the end, and where the message is broken.
  bool next(Field& out);
  // Of the message that a field of this reader's message is.
  ProtobufReader inside(const Field& field) const;

  // kCorrupt once next() has met what is no message: "byte 17: ...", counted from the beginning of
  // the outermost message. Otherwise ok.
  Status status() const;

 private:
  ProtobufReader(std::string_view message, std::size_t base) : message_(message), base_(base) {}

  bool varint(std::uint64_t& out);
  bool fail(const char* what);

  std::string_view message_;
  std::size_t base_;  // where message_ begins in the outermost one
  std::size_t at_ = 0;
  const char* problem_ = nullptr;
  std::size_t problem_at_ = 0;
};

}  // namespace ox
