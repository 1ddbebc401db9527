#include "proto/event_view.h"

namespace ox {
namespace {

// Walks a value without building it, to learn its length and that its depth is bounded. Building
// first would let ten bytes that announce four billion elements allocate for them.
class LengthVisitor : public msgpack::null_visitor {
 public:
  bool start_array(std::uint32_t) { return enter(); }
  bool end_array() { return leave(); }
  bool start_map(std::uint32_t) { return enter(); }
  bool end_map() { return leave(); }
  void parse_error(std::size_t, std::size_t) { bad_ = true; }
  void insufficient_bytes(std::size_t, std::size_t) { short_ = true; }

  bool too_deep() const { return depth_ > kMaxEventDepth; }
  bool is_short() const { return short_; }

 private:
  bool enter() { return ++depth_ <= kMaxEventDepth; }
  bool leave() {
    --depth_;
    return true;
  }

  std::size_t depth_ = 0;
  bool short_ = false;
  bool bad_ = false;
};

}  // namespace

Result<std::size_t> msgpack_length(std::string_view bytes) {
  LengthVisitor visitor;
  std::size_t used = 0;
  if (bytes.empty()) return Status(Code::kUnavailable, "the bytes end inside a value");
  try {
    if (msgpack::parse(bytes.data(), bytes.size(), used, visitor)) return used;
  } catch (const msgpack::unpack_error&) {
  }
  if (visitor.too_deep()) return Status(Code::kTooLarge, "nested too deeply");
  if (visitor.is_short()) return Status(Code::kUnavailable, "the bytes end inside a value");
  return Status(Code::kCorrupt, "not MessagePack");
}

Result<Decoded> Decoded::decode(std::string_view bytes, std::size_t* used) {
  OX_ASSIGN_OR_RETURN(std::size_t length, msgpack_length(bytes));
  Decoded decoded;
  // Every element takes at least one byte: no count inside can honestly exceed the length.
  msgpack::unpack_limit limit(length, length, length, length, length, kMaxEventDepth + 1);
  auto borrow = [](msgpack::type::object_type, std::size_t, void*) { return true; };
  try {
    std::size_t offset = 0;
    bool referenced = false;
    decoded.root_ = msgpack::unpack(*decoded.zone_, bytes.data(), length, offset, referenced,
                                    borrow, nullptr, limit);
  } catch (const msgpack::unpack_error& error) {
    return Status(Code::kCorrupt, std::string("not MessagePack: ") + error.what());
  }
  if (used != nullptr) *used = length;
  return decoded;
}

std::optional<std::string_view> as_text(const msgpack::object& value) {
  if (value.type == msgpack::type::STR)
    return std::string_view(value.via.str.ptr, value.via.str.size);
  if (value.type == msgpack::type::BIN)
    return std::string_view(value.via.bin.ptr, value.via.bin.size);
  return std::nullopt;
}

std::optional<double> as_number(const msgpack::object& value) {
  switch (value.type) {
    case msgpack::type::POSITIVE_INTEGER:
      return static_cast<double>(value.via.u64);
    case msgpack::type::NEGATIVE_INTEGER:
      return static_cast<double>(value.via.i64);
    case msgpack::type::FLOAT32:
    case msgpack::type::FLOAT64:
      return value.via.f64;
    default:
      return std::nullopt;
  }
}

std::optional<std::uint64_t> as_uint(const msgpack::object& value) {
  if (value.type == msgpack::type::POSITIVE_INTEGER) return value.via.u64;
  return std::nullopt;
}

const msgpack::object* find_key(const msgpack::object& map, std::string_view key) {
  if (map.type != msgpack::type::MAP) return nullptr;
  for (std::uint32_t i = 0; i < map.via.map.size; ++i) {
    const msgpack::object_kv& entry = map.via.map.ptr[i];
    auto name = as_text(entry.key);
    if (name && *name == key) return &entry.val;
  }
  return nullptr;
}

std::optional<std::string_view> find_text(const msgpack::object& map, std::string_view key) {
  const msgpack::object* value = find_key(map, key);
  return value == nullptr ? std::nullopt : as_text(*value);
}

std::optional<double> find_number(const msgpack::object& map, std::string_view key) {
  const msgpack::object* value = find_key(map, key);
  return value == nullptr ? std::nullopt : as_number(*value);
}

EventView EventView::of(const msgpack::object& event) {
  EventView view;
  if (event.type != msgpack::type::MAP) return view;
  for (std::uint32_t i = 0; i < event.via.map.size; ++i) {
    const msgpack::object_kv& entry = event.via.map.ptr[i];
    auto name = as_text(entry.key);
    if (!name) continue;
    if (*name == "id") view.id = &entry.val;
    if (*name == "type") view.type = &entry.val;
    if (*name == "host") view.host = &entry.val;
    if (*name == "pid") view.pid = &entry.val;
    if (*name == "start") view.start = &entry.val;
    if (*name == "end") view.end = &entry.val;
    if (*name == "body") view.body = &entry.val;
  }
  return view;
}

}  // namespace ox
