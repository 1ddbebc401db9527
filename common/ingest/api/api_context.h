#pragma once
// What every HTTP API of the ingest side has to work with.
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/http/auth/auth_store.h"
#include "common/ingest/api/slow_lane.h"
#include "common/ingest/event_gate.h"
#include "common/ingest/model/foreign_event.h"
#include "common/ingest/model/type_template.h"
#include "common/ingest/record_ids.h"

namespace ox {

class CutoffClient;  // common/ingest/cutoff_client.h

// When a sender shall try again that could not be given record ids.
inline constexpr Seconds kRetryForIds = Seconds(2);

// The references outlive every handler. Constant while handlers run, which may be on several
// threads; what it refers to is thread-safe.
struct ApiContext {
  EventGate& gate;
  AuthStore& auth;
  RecordIds& ids;
  SlowLane& slow_lane;
  Metrics& metrics;
  const Clock& clock;
  // The host of events that name none themselves: of the machine that this runs on.
  std::string node_name;
  std::uint64_t max_event_bytes = 1 << 20;
  // By the API's word ("chronologer"): how its events are named, when not by default.
  std::map<std::string, TypeTemplate, std::less<>> types;
  // Of the listeners: "pbu", "".
  std::set<std::string, std::less<>> profiles = {};
  // A variable of the environment or, for the APIs whose servers read one, of the file `.env`.
  std::function<std::optional<std::string>(const char*)> variable = {};
  // Whether events are taken, for the APIs that have a place of their own to ask that; empty: yes.
  std::function<Status()> ready = {};
  // Takes requests to delete to the collector; null: there is nobody to take them.
  CutoffClient* cutoffs = nullptr;
  // What a mount function found wrong with the configuration: nothing is served then.
  Status configuration = {};
  void refuse(const Status& status) {
    if (configuration.ok()) configuration = status;
  }

  // What the text of one event may take, in bytes: JSON may take six characters for two bytes, a
  // form nine.
  std::size_t max_text() const {
    return static_cast<std::size_t>(max_event_bytes * 4 + (64 << 10));
  }

  // Puts the type of an event of `api` into `type`, which the event then views. `usual` is what it
  // is without a template.
  void name_type(std::string_view api, std::string_view usual, ForeignEvent& event,
                 std::string& type) const;
};

}  // namespace ox
