#pragma once
// JSON over TCP and UDP: what eventlog's client library and Logstash's clients send
// (docs/streams.md). Nobody is answered.
//
//   bytes -> JsonStream -> documents -> the profile's model -> outlet
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/ingest/feed/document_events.h"
#include "common/ingest/model/json_stream.h"
#include "common/ingest/stream/event_outlet.h"
#include "common/ingest/stream/stream_session.h"

namespace ox {

enum class JsonProfile {
  kEventlog,  // what is no JSON is refused
  kLogstash,  // it becomes a message, with the tag _jsonparsefailure
};

struct JsonFeedOptions {
  JsonProfile profile = JsonProfile::kEventlog;
  std::string option;  // of messages for people: "--json-tcp"
  std::string name;    // of metrics: "json_tcp"
  DocumentOptions events;
};

// What the connections, or datagrams, of a listener share. The engine's thread.
class JsonFeed {
 public:
  // The references must outlive it.
  JsonFeed(JsonFeedOptions options, EventOutlet& outlet, Metrics& metrics,
           const Clock& clock = Clock::system());
  ~JsonFeed();

  // One document, MessagePack: each element of an array is one. Refusals are counted, and told.
  void take(RawValue document, const StreamPeer& from);
  // What should have been one. why: in words.
  void take_bad(std::string_view text, std::string_view why, const StreamPeer& from);
  // Whether what begins so is eventlog's Cap'n Proto, and not JSON.
  bool takes_capnp(std::string_view bytes) const;
  // The messages at the front of `bytes`, which is moved behind them. wanted: bytes that the next
  // one needs, 0 when that is not known. Error: there is no going on.
  Status take_capnp(std::string_view& bytes, const StreamPeer& from, std::size_t& wanted);
  // Counts, and tells, that something else is sent here.
  void refuse(std::string_view why, const StreamPeer& from);

  JsonInput& json() { return json_; }
  std::size_t max_document() const { return events_.options().max_text(); }
  JsonProfile profile() const { return options_.profile; }

 private:
  void add(EventModel& model, RawValue document, const StreamPeer& from);

  const JsonFeedOptions options_;
  EventOutlet& outlet_;
  const Clock& clock_;
  DocumentEvents events_;
  std::unique_ptr<EventModel> documents_;
  std::unique_ptr<EventModel> lines_;  // of Logstash: of what is no document
  JsonInput json_;
  std::string text_;
  LogLimiter limiter_;
  Counter& rejected_;  // stream.<name>.rejected
};

class JsonFeedProtocol : public StreamProtocol {
 public:
  JsonFeedProtocol(JsonFeedOptions options, EventOutlet& outlet, Metrics& metrics)
      : feed_(std::move(options), outlet, metrics) {}
  std::unique_ptr<StreamSession> open(StreamConnection& connection) override;

 private:
  JsonFeed feed_;
};

class JsonFeedDatagrams : public DatagramProtocol {
 public:
  JsonFeedDatagrams(JsonFeedOptions options, EventOutlet& outlet, Metrics& metrics)
      : feed_(std::move(options), outlet, metrics) {}
  std::string_view datagram(std::string_view bytes, bool cut, const StreamPeer& from) override;

 private:
  JsonFeed feed_;
  std::string document_;
};

}  // namespace ox
