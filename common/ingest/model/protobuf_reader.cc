#include "common/ingest/model/protobuf_reader.h"

#include <bit>

#include <fmt/format.h>

#include "common/base/bytes.h"

namespace ox {
namespace {

constexpr unsigned kWireBits = 3;
constexpr std::uint64_t kMaxFieldNumber = (1u << 29) - 1;

}  // namespace

double ProtobufReader::Field::as_double() const { return std::bit_cast<double>(value); }

float ProtobufReader::Field::as_float() const {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value));
}

bool ProtobufReader::next(Field& out) {
  if (problem_ != nullptr || at_ == message_.size()) return false;
  const std::size_t begin = at_;
  std::uint64_t tag = 0;
  if (!varint(tag)) return false;
  const std::uint64_t number = tag >> kWireBits;
  if (number == 0 || number > kMaxFieldNumber) {
    at_ = begin;
    return fail("there is no field of this number");
  }
  out = Field{.number = static_cast<std::uint32_t>(number), .bytes = {}};
  switch (tag & ((1u << kWireBits) - 1)) {
    case static_cast<unsigned>(Wire::kVarint):
      out.wire = Wire::kVarint;
      return varint(out.value);
    case static_cast<unsigned>(Wire::kFixed64):
      out.wire = Wire::kFixed64;
      if (message_.size() - at_ < sizeof(std::uint64_t)) return fail("a number is cut off");
      out.value = load_le<std::uint64_t>(message_.data() + at_);
      at_ += sizeof(std::uint64_t);
      return true;
    case static_cast<unsigned>(Wire::kFixed32):
      out.wire = Wire::kFixed32;
      if (message_.size() - at_ < sizeof(std::uint32_t)) return fail("a number is cut off");
      out.value = load_le<std::uint32_t>(message_.data() + at_);
      at_ += sizeof(std::uint32_t);
      return true;
    case static_cast<unsigned>(Wire::kBytes): {
      out.wire = Wire::kBytes;
      std::uint64_t size = 0;
      if (!varint(size)) return false;
      if (size > message_.size() - at_) return fail("a field is longer than its message");
      out.bytes = message_.substr(at_, static_cast<std::size_t>(size));
      at_ += out.bytes.size();
      return true;
    }
    default:
      at_ = begin;
      return fail("a field is of no known wire type");
  }
}

ProtobufReader ProtobufReader::inside(const Field& field) const {
  const auto offset = static_cast<std::size_t>(field.bytes.data() - message_.data());
  return ProtobufReader(field.bytes, base_ + offset);
}

Status ProtobufReader::status() const {
  if (problem_ == nullptr) return ok_status();
  return Status(Code::kCorrupt, fmt::format("byte {}: {}", base_ + problem_at_, problem_));
}

bool ProtobufReader::varint(std::uint64_t& out) {
  constexpr unsigned kMost = 10;  // bytes: 64 bits in groups of 7
  out = 0;
  for (unsigned i = 0; i < kMost; ++i) {
    if (at_ == message_.size()) return fail("a number is cut off");
    const auto byte = static_cast<unsigned char>(message_[at_++]);
    // Of the tenth byte only one bit has room; protobuf's readers drop the others.
    out |= static_cast<std::uint64_t>(byte & 0x7fu) << (7 * i);
    if (byte < 0x80) return true;
  }
  return fail("a number has more than 64 bits");
}

bool ProtobufReader::fail(const char* what) {
  problem_ = what;
  problem_at_ = at_;
  return false;
}

}  // namespace ox
