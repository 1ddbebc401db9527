#include "proto/event_view.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_event {

static void touch(const msgpack::object* value) {
  if (value == nullptr) return;
  if (auto text = as_text(*value))
    for (volatile char c : *text) (void)c;
  (void)as_number(*value);
  (void)as_uint(*value);
}

OX_FUZZ_TARGET(event, std::string_view input) {
  auto length = msgpack_length(input);
  std::size_t used = 0;
  auto decoded = Decoded::decode(input, &used);
  OX_CHECK(decoded.ok() == length.ok());
  if (!decoded.ok()) return;
  OX_CHECK(used == *length && used > 0 && used <= input.size());
  // Nothing shorter is the same value.
  OX_CHECK(!msgpack_length(input.substr(0, used - 1)).ok());
  EventView view = EventView::of(decoded->root());
  for (const msgpack::object* value :
       {view.id, view.type, view.host, view.pid, view.start, view.end, view.body})
    touch(value);
  touch(find_key(decoded->root(), "body"));
}

}  // namespace ox::fuzz_event
