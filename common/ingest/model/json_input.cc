#include "common/ingest/model/json_input.h"

#include <cstring>
#include <vector>

#include <simdjson.h>

#include "common/base/ascii.h"
#include "common/base/bytes.h"
#include "common/ingest/model/pack.h"

namespace ox {
namespace {

// Longer documents are read by the tolerant parser alone, which needs no memory beside its output.
constexpr std::size_t kMaxStrictBytes = 1 << 20;

// simdjson's own limit only has to be out of the way of ours.
constexpr std::size_t kStrictDepth = kMaxEventDepth + 8;

constexpr std::uint64_t kPayloadMask = 0x00ff'ffff'ffff'ffff;
constexpr std::uint32_t kCountMask = 0xff'ffff;
// Sizes over kCountMask are not on the tape; no document of this length has one.
static_assert(kMaxStrictBytes / 2 < kCountMask);

// Nothing takes more bytes as MessagePack than 9 for every 4 of JSON ("0.5," being the worst).
std::size_t packed_bound(std::size_t json_bytes) { return json_bytes * 9 / 4 + 16; }

}  // namespace

struct JsonInput::Strict {
  simdjson::dom::parser parser;
  std::vector<char> padded;  // simdjson reads some bytes behind the end of its input
};

JsonInput::JsonInput(std::size_t max_depth)
    : max_depth_(max_depth), strict_(std::make_unique<Strict>()), tolerant_(max_depth) {
  OX_CHECK(max_depth >= 1 && max_depth <= kMaxForeignDepth);
}

JsonInput::~JsonInput() = default;

Status JsonInput::append(std::string_view text, std::string& out) {
  if (append_strict(text, out)) {
    notes_ = {};
    return ok_status();
  }
  const std::size_t begin = out.size();
  std::size_t used = 0;
  Status status = tolerant_.parse_front(text, used, out);
  notes_ = tolerant_.notes();
  if (status.code() == Code::kUnavailable) return Status(Code::kInvalid, status.message());
  if (!status.ok()) return status;
  while (used < text.size() && is_json_space(text[used])) ++used;
  if (used == text.size()) return ok_status();
  out.resize(begin);
  return Status(Code::kInvalid, describe_position(text, used) + ": more behind the document");
}

Result<bool> JsonInput::append_next(std::string_view& rest, std::string& out) {
  std::size_t used = 0;
  while (used < rest.size() && is_json_space(rest[used])) ++used;
  if (used == rest.size()) {
    rest.remove_prefix(used);
    return false;
  }
  Status status = tolerant_.parse_front(rest, used, out);
  notes_ = tolerant_.notes();
  if (status.code() == Code::kUnavailable) return Status(Code::kInvalid, status.message());
  if (!status.ok()) return status;
  rest.remove_prefix(used);
  return true;
}

// Walks simdjson's tape (its doc/tape.md): the document in its own order, one 64-bit word for each
// value, two for numbers, the first byte of a word being its kind.
bool JsonInput::append_strict(std::string_view text, std::string& out) {
  if (text.size() > kMaxStrictBytes) return false;
  std::vector<char>& padded = strict_->padded;
  if (padded.size() < text.size() + simdjson::SIMDJSON_PADDING)
    padded.resize(text.size() + text.size() / 2 + 4096);
  if (!text.empty()) std::memcpy(padded.data(), text.data(), text.size());
  simdjson::dom::parser& parser = strict_->parser;
  if (text.size() > parser.capacity() &&
      parser.allocate(std::max<std::size_t>(4096, text.size()), kStrictDepth) != simdjson::SUCCESS)
    return false;
  if (parser.parse(padded.data(), text.size(), false).error() != simdjson::SUCCESS) return false;

  const std::uint64_t* tape = parser.doc.tape.get();
  const std::uint8_t* strings = parser.doc.string_buf.get();
  const std::size_t begin = out.size();
  out.resize(begin + packed_bound(text.size()));
  char* p = out.data() + begin;
  std::size_t depth = 0;
  // The root word in front holds the place of the one behind.
  const std::size_t end = static_cast<std::size_t>(tape[0] & kPayloadMask) - 1;
  for (std::size_t i = 1; i < end; ++i) {
    const std::uint64_t word = tape[i];
    const char kind = static_cast<char>(word >> 56);
    switch (kind) {
      case '"': {
        const std::uint8_t* at = strings + (word & kPayloadMask);
        std::uint32_t size;
        std::memcpy(&size, at, sizeof(size));
        p = put_text(p, {reinterpret_cast<const char*>(at) + sizeof(size), size});
        break;
      }
      case '{':
      case '[': {
        if (++depth > max_depth_) {
          out.resize(begin);
          return false;
        }
        const std::size_t count = (word >> 32) & kCountMask;
        p = kind == '{' ? put_map_header(p, count) : put_array_header(p, count);
        break;
      }
      case '}':
      case ']':
        --depth;
        break;
      case 'l':
        p = put_int(p, static_cast<std::int64_t>(tape[++i]));
        break;
      case 'u':
        p = put_uint(p, tape[++i]);
        break;
      case 'd': {
        double value;
        std::memcpy(&value, &tape[++i], sizeof(value));
        p = put_double(p, value);
        break;
      }
      case 't':
        p = put_bool(p, true);
        break;
      case 'f':
        p = put_bool(p, false);
        break;
      default:
        p = put_nil(p);
    }
  }
  out.resize(static_cast<std::size_t>(p - out.data()));
  return true;
}

}  // namespace ox
