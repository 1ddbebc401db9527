#include "common/ingest/record_ids.h"

#include <functional>
#include <set>

#include <doctest/doctest.h>

#include "common/base/log.h"
#include "proto/control.h"

namespace ox {
namespace {

// The control port of a collector, on a thread of its own. It leases one lane after the other.
class Collector {
 public:
  Collector() {
    set_log_sink([](LogLevel, std::string_view) {});
    REQUIRE(listen("tcp://127.0.0.1:*"));
    address_ = Address::tcp("127.0.0.1", socket_->last_port());
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~Collector() {
    loop_.stop();
    thread_.join();
    set_log_sink(nullptr);
  }

  zmq::context_t& context() { return context_; }
  const Address& address() const { return address_; }
  void set_length(std::uint64_t ticks) {
    loop_.call([this, ticks] { length_ = ticks; });
  }
  void refuse(const std::string& why) {
    loop_.call([this, why] { refusal_ = why; });
  }
  void disappear() {
    loop_.call([this] {
      loop_.unwatch(watch_);
      socket_.reset();
    });
  }
  void come_back() {
    // ZeroMQ lets the port go some time after the socket.
    REQUIRE(until([this] { return loop_.call([this] { return listen(address_.endpoint()); }); }));
  }
  std::vector<RecordIdRequest> requests() {
    return loop_.call([this] { return requests_; });
  }
  bool until(const std::function<bool()>& condition) {
    const MonoTime deadline = Clock::system().mono() + Seconds(60);
    while (!condition()) {
      if (Clock::system().mono() > deadline) return false;
      loop_.call([] {});
    }
    return true;
  }

 private:
  bool listen(const std::string& endpoint) {
    socket_.emplace(context_, zmq::socket_type::rep);
    if (!socket_->bind(endpoint).ok()) return false;
    watch_ = loop_.watch_socket(socket_->handle(), kReadable, [this] { answer(); });
    return true;
  }
  void answer() {
    std::vector<zmq::message_t> frames;
    while (socket_->receive(frames)) socket_->send_copy({reply(view(frames[0]))});
  }
  std::string reply(std::string_view bytes) {
    auto control = ControlRequest::decode(bytes);
    if (!control.ok() || control->command() != control::kRecordIds)
      return encode_control_error("?");
    auto request = decode_record_id_request(control->map());
    if (!request.ok()) return encode_control_error(request.status().message());
    requests_.push_back(*request);
    if (!refusal_.empty()) return encode_control_error(refusal_);
    RecordIdReply reply;
    reply.now = 1000;
    if (request->lanes == 0) return encode_record_id_reply(reply);
    if (request->extend != 0) {
      leases_[request->extend].until = std::max<std::uint64_t>(1000, request->after) + length_;
      reply.lease = leases_[request->extend];
    } else {
      RecordLease lease{next_, static_cast<std::uint32_t>(next_) % 2 * 512, request->lanes, 0, 0};
      lease.from = std::max<std::uint64_t>(1000, request->after);
      lease.until = lease.from + length_;
      leases_[next_++] = lease;
      reply.lease = lease;
    }
    return encode_record_id_reply(reply);
  }

  zmq::context_t context_;
  Address address_;
  std::thread thread_;
  // Of the thread, once it runs.
  EventLoop loop_;
  std::optional<Socket> socket_;
  EventLoop::Id watch_ = 0;
  std::map<std::uint64_t, RecordLease> leases_;
  std::uint64_t next_ = 1;
  std::uint64_t length_ = 2400;
  std::string refusal_;
  std::vector<RecordIdRequest> requests_;
};

struct RecordIdsFixture {
  Collector collector;
  Metrics metrics;
  RecordIds ids{collector.context(), collector.address(), metrics};
};

TEST_CASE_FIXTURE(RecordIdsFixture, "ids are there once the collector has answered") {
  auto none = ids.take();
  CHECK(none.status().code() == Code::kUnavailable);
  CHECK(none.status().message() ==
        "no record ids: " + collector.address().to_string() + " has not answered yet");
  ids.start();
  REQUIRE(ids.wait_ready(Seconds(20)));
  CHECK(ids.problem().empty());
  auto first = ids.take();
  REQUIRE(first.ok());
  auto block = ids.take(kRecordBlock);
  REQUIRE(block.ok());
  CHECK(*block > *first);
  auto next = ids.take();
  REQUIRE(next.ok());
  CHECK(*next >= *block + kRecordBlock);
  CHECK(ids.take(0).status().code() == Code::kInvalid);
  CHECK(ids.take(kRecordBlock + 1).status().code() == Code::kInvalid);
}

TEST_CASE_FIXTURE(RecordIdsFixture, "a stop gives the rest back, and ends the ids") {
  ids.start();
  REQUIRE(ids.wait_ready(Seconds(20)));
  REQUIRE(ids.take().ok());
  ids.stop();
  CHECK(ids.take().status().code() == Code::kUnavailable);
  auto requests = collector.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[1].release == 1);
  CHECK(requests[1].used >= 1001);
  ids.stop();
  CHECK(collector.requests().size() == 2);
}

TEST_CASE_FIXTURE(RecordIdsFixture, "a lease that is used up fast is renewed while ids are taken") {
  collector.set_length(40);
  ids.start();
  REQUIRE(ids.wait_ready(Seconds(20)));
  std::uint64_t last = 0;
  int taken = 0;
  CHECK(collector.until([&] {
    if (auto first = ids.take(kRecordBlock); first.ok()) {
      CHECK(*first > last);
      last = *first + kRecordBlock - 1;
      ++taken;
    }
    return taken > 40 * 4 * 8;
  }));
  CHECK(metrics.counter("record_ids.leases").value() > 1);
  // What more lanes took the place of was released.
  std::set<std::uint64_t> released;
  CHECK(collector.until([&] {
    for (const RecordIdRequest& request : collector.requests())
      if (request.release != 0) released.insert(request.release);
    return released.contains(1);
  }));
}

TEST_CASE_FIXTURE(RecordIdsFixture, "a collector that is away harms nobody who has a lease") {
  ids.start();
  REQUIRE(ids.wait_ready(Seconds(20)));
  collector.disappear();
  for (int i = 0; i < 1000; ++i) REQUIRE(ids.take(kRecordBlock).ok());
  // It is asked for more lanes meanwhile, in vain, and has them when it is back.
  collector.come_back();
  CHECK(collector.until([&] {
    (void)ids.take();
    return metrics.counter("record_ids.leases").value() >= 2;
  }));
  CHECK(ids.problem().empty());
}

TEST_CASE_FIXTURE(RecordIdsFixture, "why the collector refuses is said, and it is asked again") {
  collector.refuse("this node\nwrites no log files");
  ids.start();
  const std::string why =
      collector.address().to_string() + " refuses: this node?writes no log files";
  REQUIRE(collector.until([&] { return ids.problem() == why; }));
  CHECK(ids.take().status().message() == "no record ids: " + why);
  CHECK_FALSE(ids.wait_ready(Millis(0)));
  collector.refuse("");
  REQUIRE(ids.wait_ready(Seconds(20)));
  CHECK(ids.take().ok());
  CHECK(ids.problem().empty());
  CHECK(metrics.counter("record_ids.failures").value() > 0);
}

TEST_CASE_FIXTURE(RecordIdsFixture, "threads that take at the same time get different ids") {
  ids.start();
  REQUIRE(ids.wait_ready(Seconds(20)));
  std::vector<std::vector<std::uint64_t>> taken(4);
  std::vector<std::thread> threads;
  for (auto& mine : taken)
    threads.emplace_back([this, &mine] {
      for (int i = 0; i < 5000; ++i)
        if (auto id = ids.take(); id.ok()) mine.push_back(*id);
    });
  for (std::thread& thread : threads) thread.join();
  std::set<std::uint64_t> all;
  for (const auto& mine : taken) {
    CHECK(std::is_sorted(mine.begin(), mine.end()));
    all.insert(mine.begin(), mine.end());
  }
  CHECK(all.size() == 20'000);
}

TEST_CASE("where nobody is, a stop takes no time worth mentioning") {
  zmq::context_t context;
  Metrics metrics;
  RecordIds ids(context, Address::tcp("127.0.0.1", 1), metrics);
  ids.start();
  CHECK_FALSE(ids.take().ok());
  const MonoTime begin = Clock::system().mono();
  ids.stop();
  CHECK(Clock::system().mono() - begin < Seconds(4));
}

}  // namespace
}  // namespace ox
