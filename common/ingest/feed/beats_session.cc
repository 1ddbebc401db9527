#include "common/ingest/feed/beats_session.h"

#include <utility>

#include <fmt/format.h>

#include "common/base/bytes.h"
#include "common/ingest/api/client_type.h"
#include "common/ingest/api/logstash/logstash_event.h"
#include "common/ingest/model/pack.h"

namespace ox {
namespace {

constexpr std::uint64_t kBeatsGroupBytes = 256 << 10;

// A document of Beats; those of Filebeat and its kin say which of them made it.
class BeatsModel : public EventModel {
 public:
  explicit BeatsModel(LogstashEvent::Input input) : logstash_(input) {}
  Status fill(RawValue document, ForeignEvent& event) override {
    OX_RETURN_IF_ERROR(logstash_.fill(document, event));
    // Logstash's own default.
    if (event.type != "logstash") return ok_status();
    make_client_type(event.find_text("@metadata.beat").value_or("beats"), "beats", type_);
    event.type = type_;
    return ok_status();
  }

 private:
  LogstashEvent logstash_;
  std::string type_;
};

class BeatsSession : public StreamSession {
 public:
  BeatsSession(BeatsShared& shared, StreamConnection& connection)
      : shared_(shared), connection_(connection), reader_(shared.options.limits) {}

  std::size_t consume(std::string_view bytes) override {
    std::string_view rest = bytes;
    LumberjackReader::Frame frame;
    wanted_ = 0;
    while (!connection_.full()) {
      switch (reader_.next(rest, frame)) {
        case LumberjackReader::Answer::kWindow:
          if (left_ > 0) return give_up("a window before the last one was complete", bytes);
          version_ = frame.version;
          left_ = frame.number;
          continue;
        case LumberjackReader::Answer::kEvent:
          if (left_ == 0) return give_up("an event outside of a window", bytes);
          take(frame);
          continue;
        case LumberjackReader::Answer::kMore:
          wanted_ = reader_.wanted();
          return bytes.size() - rest.size();
        case LumberjackReader::Answer::kBroken:
          return give_up(reader_.status().message(), bytes);
      }
    }
    // Without more bytes the engine would not call again for what is unpacked already.
    held_up_ = reader_.inside();
    return bytes.size() - rest.size();
  }

  std::size_t needs() const override { return wanted_; }
  void settle() override { submit(); }
  void finish(std::string_view) override { submit(); }

  void tick() override {
    if (owed_ == 0) return;
    const MonoTime now = shared_.clock.mono();
    if (now - said_ < shared_.options.keep_alive) return;
    acknowledge(0, version_);
  }

 private:
  std::size_t give_up(const std::string& why, std::string_view bytes) {
    shared_.rejected.add();
    warn(why + "; the connection is closed");
    connection_.abort();
    return bytes.size();
  }

  void warn(const std::string& why) {
    shared_.limiter.warn("rejected", fmt::format("{}: {}: {}", shared_.options.option,
                                                 connection_.peer().address, why));
  }

  void take(const LumberjackReader::Frame& frame) {
    --left_;
    last_ = frame.number;
    EventModel& model = frame.pairs.empty() ? *shared_.lines : *shared_.pairs;
    RawValue document(frame.pairs);
    if (frame.pairs.empty()) {
      text_.clear();
      pack_text(text_, frame.json);
      document = RawValue(text_);
    }
    EventGroup::Event made;
    Status status = shared_.events.make(model, document, connection_.peer().host,
                                        to_seconds(shared_.clock.wall()), made);
    if (status.ok()) status = group_.add(made.type, made.host, made.end, made.body);
    if (!status.ok()) {
      // It would be the same when it came again.
      shared_.rejected.add();
      warn(status.message());
    }
    gathered_ = true;
    if (left_ == 0 || group_.bytes() >= kBeatsGroupBytes) submit();
  }

  void submit() {
    if (!std::exchange(gathered_, false)) return;
    if (owed_++ == 0) said_ = shared_.clock.mono();
    const std::size_t count = group_.size();
    auto done = [this, sequence = last_, version = version_, count](Delivery delivery) {
      --owed_;
      if (delivery == Delivery::kInDoubt) return;
      (delivery == Delivery::kSafe ? shared_.stored : shared_.rejected).add(count);
      shared_.acks.add();
      acknowledge(sequence, version);
      if (!connection_.full() && std::exchange(held_up_, false)) consume({});
    };
    connection_.submit(std::exchange(group_, EventGroup()), std::move(done));
  }

  void acknowledge(std::uint32_t sequence, char version) {
    char answer[6] = {version, 'A'};
    store_be(answer + 2, sequence);
    connection_.send({answer, sizeof(answer)});
    said_ = shared_.clock.mono();
  }

  BeatsShared& shared_;
  StreamConnection& connection_;
  LumberjackReader reader_;
  std::size_t wanted_ = 0;
  char version_ = '2';
  std::uint32_t left_ = 0;  // events of the window that have not come
  std::uint32_t last_ = 0;  // sequence
  bool gathered_ = false;   // some since the last submit()
  bool held_up_ = false;    // for want of room, in the middle of what is compressed
  EventGroup group_;
  std::string text_;
  std::size_t owed_ = 0;  // groups that are not answered
  MonoTime said_{};       // when something was, while owed_
};

}  // namespace

BeatsShared::BeatsShared(BeatsOptions what, Metrics& metrics, const Clock& time)
    : options(std::move(what)),
      clock(time),
      events(options.events),
      lines(std::make_unique<BeatsModel>(LogstashEvent::Input::kLines)),
      pairs(std::make_unique<BeatsModel>(LogstashEvent::Input::kDocuments)),
      stored(metrics.counter("stream.beats.events")),
      rejected(metrics.counter("stream.beats.rejected")),
      acks(metrics.counter("stream.beats.acks")) {}

BeatsShared::~BeatsShared() = default;

BeatsProtocol::BeatsProtocol(BeatsOptions options, Metrics& metrics, const Clock& clock)
    : shared_(std::make_unique<BeatsShared>(std::move(options), metrics, clock)) {}

std::unique_ptr<StreamSession> BeatsProtocol::open(StreamConnection& connection) {
  return std::make_unique<BeatsSession>(*shared_, connection);
}

}  // namespace ox
