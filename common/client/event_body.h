#pragma once
// The bytes of an application's event, as BlueOx clients write them (proto/README.md, "Event"): the
// old MessagePack specification, in which text has no str8 and there is no bin, every number in its
// shortest form, keys in the order id, type, host, pid, start, end, body.
#include <cstdint>
#include <string>
#include <string_view>

#include <oxd/value.h>

namespace ox {

struct EventFields {
  const Value& id;
  std::string_view type;
  std::string_view host;
  std::uint64_t pid = 0;
  double start = 0;  // Unix seconds
  double end = 0;
  const Value& body;
};

// Sets `body_replaced` and writes nil for the body when it nests too deep for any reader
// (kMaxEventDepth) or makes the event larger than kMaxEventBytes.
std::string encode_event(const EventFields& fields, bool* body_replaced = nullptr);

}  // namespace ox
