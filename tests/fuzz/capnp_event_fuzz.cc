// Messages of Cap'n Proto that follow each other.
#include <string>

#include "common/ingest/feed/capnp_event.h"
#include "common/ingest/model/eventlog_document.h"
#include "proto/event_view.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_capnp_event {

OX_FUZZ_TARGET(capnp_event, std::string_view input) {
  constexpr std::size_t kMost = 64 << 10;
  EventlogDocument document;
  while (!input.empty()) {
    auto size = capnp_message_size(input, kMost);
    if (!size.ok() || *size > input.size()) return;
    OX_CHECK(*size >= 8 && *size <= kMost);
    std::string out;
    const Status status = append_capnp_event(input.substr(0, *size), out);
    OX_CHECK(status.ok() ? checked_length(out).ok() : out.empty());
    // Each word may be read twice, and is written with a key or a header around it.
    OX_CHECK(out.size() <= 1024 * 16 + 16 * *size);
    ForeignEvent event;
    if (status.ok()) OX_CHECK(document.fill(RawValue(out), event).ok());
    input.remove_prefix(*size);
  }
}

}  // namespace ox::fuzz_capnp_event
