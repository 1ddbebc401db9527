#pragma once
// One event as Logger's clients send it: facility, timestamp, level, event, and more by name.
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/http/http_response.h"
#include "common/ingest/model/foreign_event.h"
#include "common/ingest/model/timestamp.h"
#include "proto/raw_value.h"

namespace ox {

// 400, naming the field.
HttpError validation_error(std::string message);

// Views into the document that it was read from, which must outlive it.
class EventlogEntry {
 public:
  static constexpr std::size_t kMaxFacility = 255;  // bytes
  static constexpr std::size_t kMaxKey = 255;

  EventlogEntry() = default;
  EventlogEntry(const EventlogEntry&) = delete;
  EventlogEntry& operator=(const EventlogEntry&) = delete;

  // Once, before anything else: what is signed. Nothing, or the error to answer.
  std::optional<HttpError> read(RawValue document);
  // Once, after read(): what the rest means.
  std::optional<HttpError> check();

  // As they were sent, in read(). timestamp_text(): "" of a number.
  std::string_view facility() const { return facility_; }
  std::string_view level_text() const { return level_text_; }
  std::string_view timestamp_text() const { return timestamp_text_; }
  // The member "signature", or "".
  std::string_view signature() const;
  // Nothing when the timestamp is none.
  std::optional<WallTime> time() const { return time_; }

  // Since check(). From `additional._key`; "" without one.
  std::string_view key() const { return key_; }
  // Of all that was sent: two events with the same are the same.
  std::uint64_t digest() const;
  // "web-frontend:20171130T101530.123000Z:7"
  std::string id(std::uint64_t number) const;
  // The timestamp as it was sent; of a number, as ISO 8601.
  std::string timestamp() const;

  // Sets all of `event` but its type and host; it then views the entry and `id`.
  void fill(ForeignEvent& event, std::string_view id, WallTime received);

 private:
  std::optional<HttpError> text_member(std::string_view name, RawValue value,
                                       std::string_view& out) const;

  RawValue document_;
  RawValue facility_value_, timestamp_value_, level_value_, event_value_, additional_, signature_;
  std::string_view facility_, level_text_, timestamp_text_, message_, key_;
  std::optional<WallTime> time_;
  Timestamp timestamp_;
  int level_ = 0;
  std::deque<std::string> renamed_;  // keys that `additional` has already
};

}  // namespace ox
