#pragma once
// Entries of Forward messages as events (docs/events.md, "Fluent"), at the speed that copying them
// takes: a record is MessagePack already, and nearly all of it goes into the event as it lies
// there. What is unusual about a record (keys that must be renamed, events of the eventlog library)
// takes the way that all other sources take, common/ingest/model; both write the same bytes.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/status.h"
#include "common/ingest/event_group.h"
#include "common/ingest/fluent/forward_entries.h"
#include "common/ingest/model/eventlog_document.h"
#include "common/ingest/model/foreign_event.h"
#include "common/ingest/model/type_template.h"

namespace ox {

class PlainRoles;

struct FluentEventOptions {
  std::optional<TypeTemplate> type;  // of --type; nothing: the tag
  std::uint64_t max_event_bytes = 1 << 20;
};

// Not thread-safe.
class FluentEvents {
 public:
  explicit FluentEvents(FluentEventOptions options) : options_(std::move(options)) {}

  // Of the entries that follow. Both are borrowed until the next call. now: the `end` of a record
  // that tells none, Unix seconds; host: of one that tells none.
  void begin(std::string_view tag, std::string_view host, double now);

  // Makes the event of `entry`. `made` views this and the entry, until the next call. Errors:
  // kTooLarge; kInvalid, an event of eventlog's library that is none.
  Status make(const ForwardEntries::Entry& entry, EventGroup::Event& made);
  // The same without the quick way, for comparison.
  Status make_slow(const ForwardEntries::Entry& entry, EventGroup::Event& made);

 private:
  static bool read(RawValue record, PlainRoles& roles);
  std::size_t size_bound(const PlainRoles& roles, RawValue record) const;
  char* put_body(char* p, const PlainRoles& roles, bool token, RawValue record) const;
  Status check_size(const EventGroup::Event& made) const;

  const FluentEventOptions options_;
  std::string_view tag_;
  std::string_view host_;
  double now_ = 0;
  std::string typed_tag_;  // the tag that type_ is of
  std::string type_;
  std::string rendered_;
  std::string packed_;
  ForeignEvent event_;
  EventlogDocument eventlog_;
};

}  // namespace ox
