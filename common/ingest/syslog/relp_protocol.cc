#include "common/ingest/syslog/relp_protocol.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/base/log.h"
#include "common/ingest/syslog/relp_frame.h"
#include "common/ingest/syslog/syslog_events.h"

namespace ox {
namespace {

constexpr std::string_view kRelpOffers =
    "200 OK\nrelp_version=0\nrelp_software=oxd,0,oxingest\ncommands=syslog";
constexpr std::string_view kRelpResponse = "rsp";
constexpr std::uint64_t kRelpGroupBytes = 256 << 10;

// What the connections of a server share; one thread.
struct RelpShared {
  explicit RelpShared(const SyslogSetup& given)
      : setup(given),
        syslog(given.type),
        events(given.metrics.counter(fmt::format("stream.{}.events", given.name))),
        broken(given.metrics.counter(fmt::format("stream.{}.broken", given.name))) {}

  const SyslogSetup setup;
  SyslogEvents syslog;
  Counter& events;
  Counter& broken;
  LogLimiter limiter;
};

class RelpSession : public StreamSession {
 public:
  RelpSession(StreamConnection& connection, RelpShared& shared)
      : connection_(connection), shared_(shared) {}

  std::size_t consume(std::string_view bytes) override {
    if (closing_) return bytes.size();  // nothing comes behind "close"
    std::size_t at = 0;
    RelpFrame frame;
    while (!closing_ && !connection_.full()) {
      switch (next_relp_frame(bytes, at, shared_.setup.max_message, frame)) {
        case RelpOutcome::kFrame:
          if (!take(frame)) return at;
          break;
        case RelpOutcome::kMore:
          return at;
        case RelpOutcome::kBroken:
          give_up("sends what is no RELP, or more than --max-event-size");
          return at;
      }
    }
    return at;
  }

  void settle() override {
    if (group_.empty()) return;
    connection_.submit(std::exchange(group_, EventGroup()),
                       [this, transactions = std::exchange(transactions_, {})](Delivery delivery) {
                         answered(transactions, delivery);
                       });
    ++unanswered_;
  }

 private:
  // False when nothing more is to be read.
  bool take(const RelpFrame& frame) {
    if (frame.command == "open") {
      open_ = true;
      respond(frame.transaction, kRelpOffers);
      return true;
    }
    if (frame.command == "close") {
      settle();
      closing_ = true;
      close_transaction_ = frame.transaction;
      close_when_answered();
      return false;
    }
    if (!open_) {
      respond(frame.transaction, "500 open comes first");
      give_up("sends RELP without opening");
      return false;
    }
    if (frame.command != "syslog") {
      respond(frame.transaction, fmt::format("500 there is no command {}", frame.command));
      return true;
    }
    add(frame);
    return true;
  }

  void add(const RelpFrame& frame) {
    SyslogEvents::Event event;
    Status status = shared_.syslog.make(frame.data, connection_.peer(), shared_.setup.clock.wall(),
                                        false, event);
    if (status.ok()) status = group_.add(event.type, event.host, event.end, event.body);
    if (!status.ok()) {
      // Sent again, it would fare no better, and hold up all that follow.
      shared_.limiter.warn("event", fmt::format("{}: {}: {}", shared_.setup.option,
                                                connection_.peer().address, status.message()));
      respond(frame.transaction, "500 " + status.message());
      return;
    }
    transactions_.push_back(frame.transaction);
    if (group_.bytes() >= kRelpGroupBytes) settle();
  }

  void answered(const std::vector<std::uint32_t>& transactions, Delivery delivery) {
    --unanswered_;
    // When we are ending, they are left without an answer: the client sends them again.
    if (delivery != Delivery::kInDoubt) {
      shared_.events.add(transactions.size());
      for (std::uint32_t transaction : transactions) respond(transaction, "200 OK");
    }
    close_when_answered();
  }

  void close_when_answered() {
    if (!closing_ || unanswered_ > 0) return;
    respond(close_transaction_, "");
    connection_.end();
  }

  void respond(std::uint32_t transaction, std::string_view text) {
    answer_.clear();
    append_relp_frame(answer_, {transaction, kRelpResponse, text});
    connection_.send(answer_);
  }

  void give_up(std::string_view why) {
    shared_.broken.add();
    shared_.limiter.warn("broken",
                         fmt::format("{}: {} {}: the connection is closed", shared_.setup.option,
                                     connection_.peer().address, why));
    connection_.end();
  }

  StreamConnection& connection_;
  RelpShared& shared_;
  bool open_ = false;
  bool closing_ = false;
  std::uint32_t close_transaction_ = 0;
  EventGroup group_;
  std::vector<std::uint32_t> transactions_;  // of group_
  std::size_t unanswered_ = 0;               // groups
  std::string answer_;
};

class RelpProtocol : public StreamProtocol {
 public:
  explicit RelpProtocol(const SyslogSetup& setup) : shared_(setup) {}
  std::unique_ptr<StreamSession> open(StreamConnection& connection) override {
    return std::make_unique<RelpSession>(connection, shared_);
  }
  bool reads_to_the_end() const override { return false; }

 private:
  RelpShared shared_;
};

}  // namespace

std::unique_ptr<StreamProtocol> relp_stream(const SyslogSetup& setup) {
  return std::make_unique<RelpProtocol>(setup);
}

}  // namespace ox
