#include "common/ingest/feed/json_feed.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/ingest/api/eventlog_client/eventlog_model.h"
#include "common/ingest/api/logstash/logstash_event.h"
#include "common/ingest/feed/capnp_event.h"
#include "common/ingest/model/pack.h"
#include "common/ingest/model/text.h"
#include "common/ingest/stream/python_pickle.h"

namespace ox {
namespace {

constexpr std::string_view kJsonPickleAdvice = "use HTTPHandler, or a handler that sends JSON";

std::string pickle_problem() { return fmt::format("{}: {}", kPickleRefused, kJsonPickleAdvice); }

std::unique_ptr<EventModel> model_of(JsonProfile profile, LogstashEvent::Input input) {
  if (profile == JsonProfile::kEventlog) return std::make_unique<EventlogModel>();
  return std::make_unique<LogstashEvent>(input);
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(std::string_view(" \t\r\n\0", 5)) == std::string_view::npos;
}

class JsonFeedSession : public StreamSession {
 public:
  JsonFeedSession(JsonFeed& feed, StreamConnection& connection)
      : feed_(feed), connection_(connection), stream_(feed.json(), feed.max_document()) {}

  std::size_t consume(std::string_view bytes) override {
    if (!begun_) {
      // Nothing that is JSON begins with a zero byte, but the length of a pickle does, and a
      // message of Cap'n Proto.
      if (bytes.starts_with('\0') && bytes.size() < std::max(kPickleMarkBytes, kCapnpMark))
        return 0;
      begun_ = true;
      capnp_ = feed_.takes_capnp(bytes);
      if (begins_like_pickle(bytes)) {
        feed_.refuse(pickle_problem(), connection_.peer());
        connection_.abort();
        return bytes.size();
      }
    }
    if (capnp_) return consume_capnp(bytes);
    stream_.feed(bytes);
    read();
    return bytes.size();
  }

  std::size_t needs() const override { return wanted_; }

  void finish(std::string_view rest) override {
    if (capnp_) {
      if (!rest.empty()) feed_.refuse("a message without its end", connection_.peer());
      return;
    }
    if (!rest.empty()) {
      stream_.feed(rest);
      read();
    }
    stream_.finish();
    read();
  }

 private:
  std::size_t consume_capnp(std::string_view bytes) {
    std::string_view rest = bytes;
    const Status status = feed_.take_capnp(rest, connection_.peer(), wanted_);
    if (status.ok()) return bytes.size() - rest.size();
    feed_.refuse(status.message(), connection_.peer());
    connection_.abort();
    return bytes.size();
  }

  void read() {
    while (true) {
      document_.clear();
      switch (stream_.next(document_)) {
        case JsonStream::Answer::kDocument:
          feed_.take(RawValue(document_), connection_.peer());
          break;
        case JsonStream::Answer::kBad:
          feed_.take_bad(stream_.bad_text(), stream_.bad_status().message(), connection_.peer());
          break;
        case JsonStream::Answer::kMore:
          return;
      }
    }
  }

  JsonFeed& feed_;
  StreamConnection& connection_;
  JsonStream stream_;
  std::string document_;
  bool begun_ = false;
  bool capnp_ = false;
  std::size_t wanted_ = 0;
};

}  // namespace

JsonFeed::JsonFeed(JsonFeedOptions options, EventOutlet& outlet, Metrics& metrics,
                   const Clock& clock)
    : options_(std::move(options)),
      outlet_(outlet),
      clock_(clock),
      events_(options_.events),
      documents_(model_of(options_.profile, LogstashEvent::Input::kDocuments)),
      lines_(model_of(options_.profile, LogstashEvent::Input::kLines)),
      rejected_(metrics.counter(fmt::format("stream.{}.rejected", options_.name))) {}

JsonFeed::~JsonFeed() = default;

void JsonFeed::refuse(std::string_view why, const StreamPeer& from) {
  rejected_.add();
  limiter_.warn("rejected", fmt::format("{}: {}: {}", options_.option, from.address, why));
}

void JsonFeed::add(EventModel& model, RawValue document, const StreamPeer& from) {
  EventGroup::Event made;
  Status status = events_.make(model, document, from.host, to_seconds(clock_.wall()), made);
  if (status.ok()) status = outlet_.add(made.type, made.host, made.end, made.body);
  if (!status.ok()) refuse(status.message(), from);
}

void JsonFeed::take(RawValue document, const StreamPeer& from) {
  if (!document.is_array()) return add(*documents_, document, from);
  for (RawValue element : RawArray(document)) add(*documents_, element, from);
}

bool JsonFeed::takes_capnp(std::string_view bytes) const {
  return options_.profile == JsonProfile::kEventlog && looks_like_capnp(bytes, max_document());
}

Status JsonFeed::take_capnp(std::string_view& bytes, const StreamPeer& from, std::size_t& wanted) {
  wanted = 0;
  while (!bytes.empty()) {
    auto size = capnp_message_size(bytes, max_document());
    if (!size.ok()) return size.status().code() == Code::kUnavailable ? ok_status() : size.status();
    if (*size > bytes.size()) {
      wanted = *size;
      return ok_status();
    }
    text_.clear();
    const Status status = append_capnp_event(bytes.substr(0, *size), text_);
    bytes.remove_prefix(*size);
    if (status.ok()) {
      add(*documents_, RawValue(text_), from);
    } else {
      refuse(status.message(), from);
    }
  }
  return ok_status();
}

void JsonFeed::take_bad(std::string_view text, std::string_view why, const StreamPeer& from) {
  if (is_blank(text)) return;
  if (options_.profile == JsonProfile::kEventlog) return refuse(why, from);
  text_.clear();
  pack_text(text_, text);
  add(*lines_, RawValue(text_), from);
}

std::unique_ptr<StreamSession> JsonFeedProtocol::open(StreamConnection& connection) {
  return std::make_unique<JsonFeedSession>(feed_, connection);
}

std::string_view JsonFeedDatagrams::datagram(std::string_view bytes, bool cut,
                                             const StreamPeer& from) {
  if (begins_like_pickle(bytes)) {
    feed_.refuse(pickle_problem(), from);
    return {};
  }
  if (feed_.takes_capnp(bytes)) {
    std::size_t wanted = 0;
    const Status status = feed_.take_capnp(bytes, from, wanted);
    if (!status.ok()) feed_.refuse(status.message(), from);
    if (status.ok() && !bytes.empty()) feed_.refuse("a message without its end", from);
    return {};
  }
  // Python's SysLogHandler and others end a datagram with a zero byte.
  while (bytes.ends_with('\0')) bytes.remove_suffix(1);
  if (cut) {
    feed_.take_bad(bytes, "a datagram that is too long", from);
    return {};
  }
  while (true) {
    document_.clear();
    const std::string_view rest = bytes;
    auto more = feed_.json().append_next(bytes, document_);
    if (more.ok() && !*more) return {};
    const RawValue document(document_);
    if (more.ok() && (document.is_map() || document.is_array())) {
      feed_.take(document, from);
      continue;
    }
    feed_.take_bad(rest, more.ok() ? "no object" : more.status().message(), from);
    return {};
  }
}

}  // namespace ox
