#pragma once
// A decoded event over borrowed MessagePack bytes: old and new spec, raw that is not UTF-8,
// anything.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <msgpack.hpp>

#include "common/base/status.h"

namespace ox {

// No event nests deeper; more is refused, so that no peer can exhaust our stack.
inline constexpr std::size_t kMaxEventDepth = 256;

// The length of the MessagePack value at the front of `bytes`, without building it.
// Errors: kCorrupt (not MessagePack), kTooLarge (too deep), kUnavailable (`bytes` ends inside it).
Result<std::size_t> msgpack_length(std::string_view bytes);

// One MessagePack value; strings point into the bytes it was decoded from, which must outlive it.
class Decoded {
 public:
  // Decodes the value at the front of `bytes`; `used` gets its length. Errors as msgpack_length().
  static Result<Decoded> decode(std::string_view bytes, std::size_t* used = nullptr);

  const msgpack::object& root() const { return root_; }

 private:
  Decoded() : zone_(std::make_unique<msgpack::zone>()) {}
  std::unique_ptr<msgpack::zone> zone_;
  msgpack::object root_;
};

// Raw, str and bin are all "text" here.
std::optional<std::string_view> as_text(const msgpack::object& value);
std::optional<double> as_number(const msgpack::object& value);  // integers and floats
std::optional<std::uint64_t> as_uint(const msgpack::object& value);

// The value of `key` in `map` (nullptr when it is no map, or has no such key).
const msgpack::object* find_key(const msgpack::object& map, std::string_view key);
std::optional<std::string_view> find_text(const msgpack::object& map, std::string_view key);
std::optional<double> find_number(const msgpack::object& map, std::string_view key);

// The well-known keys of an event (proto/README.md, "Event"); each nullptr when absent.
struct EventView {
  const msgpack::object* id = nullptr;
  const msgpack::object* type = nullptr;
  const msgpack::object* host = nullptr;
  const msgpack::object* pid = nullptr;
  const msgpack::object* start = nullptr;
  const msgpack::object* end = nullptr;
  const msgpack::object* body = nullptr;

  // `event` must outlive the view. When it is no map, every key is absent.
  static EventView of(const msgpack::object& event);
};

}  // namespace ox
