#pragma once
// An event of Splunk's HTTP Event Collector as an event of ours (docs/http.md, "Splunk HEC").
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/http/url.h"
#include "common/ingest/model/foreign_event.h"
#include "common/ingest/model/type_template.h"
#include "proto/raw_value.h"

namespace ox {

// What is answered, in Splunk's words and with its numbers ("Troubleshoot HTTP Event Collector").
struct HecStatus {
  int http = 200;
  int code = 0;
  std::string_view text;
};
inline constexpr HecStatus kHecSuccess = {200, 0, "Success"};
inline constexpr HecStatus kHecTokenDisabled = {403, 1, "Token disabled"};
inline constexpr HecStatus kHecTokenRequired = {401, 2, "Token is required"};
inline constexpr HecStatus kHecInvalidToken = {403, 4, "Invalid token"};
inline constexpr HecStatus kHecNoData = {400, 5, "No data"};
inline constexpr HecStatus kHecInvalidData = {400, 6, "Invalid data format"};
inline constexpr HecStatus kHecInternalError = {500, 8, "Internal server error"};
inline constexpr HecStatus kHecBusy = {503, 9, "Server is busy"};
inline constexpr HecStatus kHecChannelMissing = {400, 10, "Data channel is missing"};
inline constexpr HecStatus kHecInvalidChannel = {400, 11, "Invalid data channel"};
inline constexpr HecStatus kHecEventRequired = {400, 12, "Event field is required"};
inline constexpr HecStatus kHecEventBlank = {400, 13, "Event field cannot be blank"};
inline constexpr HecStatus kHecHealthy = {200, 17, "HEC is healthy"};
inline constexpr HecStatus kHecUnhealthy = {503, 18, "HEC is unhealthy, queues are full"};

// Fills in everything but the type, and the host when it names none. now: the time of an event that
// tells none. Nothing, or what is wrong with it. `event` views into `document` afterwards.
std::optional<HecStatus> fill_hec_event(RawValue document, WallTime now, ForeignEvent& event);

// The same for a line of /services/collector/raw. metadata: the query, whose token and channel are
// left out. `event` views into both.
void fill_hec_line(std::string_view line, const HttpPairs& metadata, WallTime now,
                   ForeignEvent& event);

// What the events are called when --type says nothing: after their sourcetype.
const TypeTemplate& hec_type();

}  // namespace ox
