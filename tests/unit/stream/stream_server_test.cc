#include "common/ingest/stream/stream_server.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/unique_fd.h"
#include "tests/unit/base/temporary_directory.h"

namespace ox {
namespace {

constexpr auto kStreamPatience = std::chrono::seconds(60);

// Keeps what it is handed until it is told to take it, or to answer.
class HeldGate : public EventGate {
 public:
  void submit(EventGroup, Done done) override { done(Delivery::kUnavailable); }
  void hand_over(EventGroup group, Taken taken, Done done) override {
    std::unique_lock lock(mu_);
    for (std::size_t i = 0; i < group.size(); ++i) bodies_.emplace_back(group[i].body);
    bytes_ += group.bytes();
    if (taken) taken_.push_back(std::move(taken));
    if (done) done_.push_back(std::move(done));
    changed_.notify_all();
    if (!holding_) release(lock);
  }
  void hold() {
    std::lock_guard lock(mu_);
    holding_ = true;
  }
  // Answers all that it has, and whatever comes from now on.
  void let_go(Delivery delivery = Delivery::kSafe) {
    std::unique_lock lock(mu_);
    holding_ = false;
    delivery_ = delivery;
    release(lock);
  }
  template <typename F>
  bool wait(F f) {
    std::unique_lock lock(mu_);
    return changed_.wait_for(lock, kStreamPatience, [&] { return f(); });
  }
  bool wait_bodies(std::size_t count) {
    return wait([&] { return bodies_.size() >= count; });
  }
  std::vector<std::string> bodies() {
    std::lock_guard lock(mu_);
    return bodies_;
  }
  std::uint64_t bytes() {
    std::lock_guard lock(mu_);
    return bytes_;
  }

 private:
  void release(std::unique_lock<std::mutex>& lock) {
    auto taken = std::exchange(taken_, {});
    auto done = std::exchange(done_, {});
    lock.unlock();
    for (auto& f : taken) f();
    for (auto& f : done) f(delivery_);
  }

  std::mutex mu_;
  std::condition_variable changed_;
  std::vector<std::string> bodies_;
  std::uint64_t bytes_ = 0;
  std::vector<Taken> taken_;
  std::vector<Done> done_;
  bool holding_ = false;
  Delivery delivery_ = Delivery::kSafe;
};

// Lines. "quit" ends the connection, "die" aborts it.
class LineSession : public StreamSession {
 public:
  explicit LineSession(StreamConnection& connection) : connection_(connection) {}
  std::size_t consume(std::string_view bytes) override {
    std::size_t used = 0;
    for (;;) {
      const std::size_t end = bytes.find('\n', used);
      if (end == std::string_view::npos || connection_.full()) return used;
      const std::string_view line = bytes.substr(used, end - used);
      used = end + 1;
      if (line == "quit") {
        connection_.end();
        return used;
      }
      if (line == "die") {
        connection_.abort();
        return used;
      }
      take(line);
    }
  }
  void finish(std::string_view rest) override {
    if (!rest.empty()) take("rest:" + std::string(rest));
  }

 protected:
  virtual void take(std::string_view line) = 0;
  StreamConnection& connection_;
};

class EchoSession : public LineSession {
 public:
  using LineSession::LineSession;
  void take(std::string_view line) override {
    connection_.send(line);
    connection_.send("\n");
  }
};

class OutletSession : public LineSession {
 public:
  OutletSession(StreamConnection& connection, EventOutlet& outlet)
      : LineSession(connection), outlet_(outlet) {}
  void take(std::string_view line) override {
    OX_CHECK(outlet_.add("t", connection_.peer().host, 1, line).ok());
  }

 private:
  EventOutlet& outlet_;
};

// A group for each line, or for all lines that came together; "ok <n>" when they are safe.
class AckSession : public LineSession {
 public:
  using LineSession::LineSession;
  void take(std::string_view line) override {
    OX_CHECK(group_.add("t", connection_.peer().host, 1, line).ok());
    if (group_.bytes() > 1000) settle();
  }
  void settle() override {
    if (group_.empty()) return;
    const std::size_t count = group_.size();
    connection_.submit(std::exchange(group_, EventGroup()), [this, count](Delivery delivery) {
      connection_.send((delivery == Delivery::kSafe ? "ok " : "no ") + std::to_string(count) +
                       "\n");
    });
  }

 private:
  EventGroup group_;
};

template <typename Make>
class MadeProtocol : public StreamProtocol {
 public:
  MadeProtocol(Make make, bool reads_on) : make_(std::move(make)), reads_on_(reads_on) {}
  std::unique_ptr<StreamSession> open(StreamConnection& connection) override {
    return make_(connection);
  }
  bool reads_to_the_end() const override { return reads_on_; }

 private:
  Make make_;
  bool reads_on_;
};

template <typename Make>
std::unique_ptr<StreamProtocol> protocol(Make make, bool reads_on = true) {
  return std::make_unique<MadeProtocol<Make>>(std::move(make), reads_on);
}

class OutletDatagrams : public DatagramProtocol {
 public:
  explicit OutletDatagrams(EventOutlet& outlet) : outlet_(outlet) {}
  std::string_view datagram(std::string_view bytes, bool cut, const StreamPeer& from) override {
    if (bytes == "ping") return "pong";
    std::string body(bytes.substr(0, 20));
    if (cut) body += " cut";
    OX_CHECK(outlet_.add("t", from.host, 1, body).ok());
    return {};
  }

 private:
  EventOutlet& outlet_;
};

UniqueFd connect_to(const Address& address, int type = SOCK_STREAM) {
  const bool local = address.kind == Address::Kind::kIpc;
  UniqueFd fd(::socket(local ? AF_UNIX : AF_INET, type | SOCK_CLOEXEC, 0));
  const timeval patience{60, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  if (local) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, address.path.c_str(), address.path.size());
    REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof(name)) == 0);
  } else {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(address.port);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof(name)) == 0);
  }
  return fd;
}

void send_all(const UniqueFd& fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    REQUIRE(n > 0);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

// Until `size` bytes are there, or the end.
std::string read_bytes(const UniqueFd& fd, std::size_t size) {
  std::string out;
  char buffer[4096];
  while (out.size() < size) {
    const ssize_t n = ::recv(fd.get(), buffer, std::min(sizeof(buffer), size - out.size()), 0);
    if (n <= 0) break;
    out.append(buffer, static_cast<std::size_t>(n));
  }
  return out;
}
std::string read_to_end(const UniqueFd& fd) { return read_bytes(fd, std::string::npos); }

struct ServerFixture {
  ServerFixture() : server({.name = "x", .option = "--x", .node_name = "node"}, gate, metrics) {}

  Address echo() {
    return listen(protocol([](StreamConnection& c) { return std::make_unique<EchoSession>(c); }));
  }
  Address to_outlet() {
    return listen(protocol([this](StreamConnection& c) {
      return std::make_unique<OutletSession>(c, server.outlet());
    }));
  }
  Address acknowledged() {
    return listen(
        protocol([](StreamConnection& c) { return std::make_unique<AckSession>(c); }, false));
  }
  Address listen(std::unique_ptr<StreamProtocol> made) {
    auto address = server.listen(where, std::move(made));
    REQUIRE_MESSAGE(address.ok(), address.status().message());
    return *address;
  }
  Address receive(const DatagramOptions& options = {}) {
    auto address =
        server.receive(where, std::make_unique<OutletDatagrams>(server.outlet()), options);
    REQUIRE_MESSAGE(address.ok(), address.status().message());
    return *address;
  }
  void begin_stop() {
    server.stop([this] {
      std::lock_guard lock(mu);
      stopped = true;
      changed.notify_all();
    });
  }
  bool wait_stopped() {
    std::unique_lock lock(mu);
    return changed.wait_for(lock, kStreamPatience, [&] { return stopped; });
  }
  std::uint64_t count(const char* what) {
    return metrics.counter(std::string("stream.x.") + what).value();
  }
  bool wait_count(const char* what, std::uint64_t least) {
    const auto deadline = std::chrono::steady_clock::now() + kStreamPatience;
    while (count(what) < least && std::chrono::steady_clock::now() < deadline)
      std::this_thread::yield();
    return count(what) >= least;
  }

  HeldGate gate;
  Metrics metrics;
  Address where = Address::tcp("127.0.0.1", 0);
  StreamServer server;
  std::mutex mu;
  std::condition_variable changed;
  bool stopped = false;
};

TEST_CASE_FIXTURE(ServerFixture, "what a session sends comes back in order, however it was cut") {
  const Address address = echo();
  server.start();
  UniqueFd a = connect_to(address);
  UniqueFd b = connect_to(address);
  send_all(a, "on");
  send_all(b, "other\n");
  CHECK(read_bytes(b, 6) == "other\n");
  send_all(a, "e\ntwo\nthr");
  CHECK(read_bytes(a, 8) == "one\ntwo\n");
  send_all(a, "ee\n");
  CHECK(read_bytes(a, 6) == "three\n");
  CHECK(count("connections.accepted") == 2);
}

TEST_CASE_FIXTURE(ServerFixture, "a session sees how its peer ended, and may end it itself") {
  const Address address = echo();
  server.start();
  UniqueFd peer_ends = connect_to(address);
  send_all(peer_ends, "x\nhalf");
  ::shutdown(peer_ends.get(), SHUT_WR);
  CHECK(read_to_end(peer_ends) == "x\nrest:half\n");
  UniqueFd we_end = connect_to(address);
  send_all(we_end, "x\nquit\nnot read\n");
  CHECK(read_to_end(we_end) == "x\n");
  UniqueFd aborted = connect_to(address);
  send_all(aborted, "x\ndie\n");
  CHECK(read_to_end(aborted).empty());
  CHECK(count("errors") == 1);
}

TEST_CASE_FIXTURE(ServerFixture, "a frame of any size arrives whole") {
  const Address address = echo();
  server.start();
  UniqueFd fd = connect_to(address);
  const std::string frame = std::string(3'000'000, 'x') + "\n";
  std::thread sender([&] { send_all(fd, frame); });
  CHECK(read_bytes(fd, frame.size()) == frame);
  sender.join();
}

TEST_CASE_FIXTURE(ServerFixture, "a peer that reads nothing is not read from without end") {
  const Address address = echo();
  server.start();
  UniqueFd fd = connect_to(address);
  const std::string lines(16 << 20, '\n');
  std::thread sender([&] { send_all(fd, lines); });
  // Held up by us, the sender is still at it: what it gets back is all of it.
  CHECK(read_bytes(fd, lines.size()).size() == lines.size());
  sender.join();
}

TEST_CASE_FIXTURE(ServerFixture, "events that nobody is answered for go out at once") {
  const Address address = to_outlet();
  server.start();
  UniqueFd fd = connect_to(address);
  send_all(fd, "one\n");
  CHECK(gate.wait_bodies(1));
  send_all(fd, "two\nthree\n");
  CHECK(gate.wait_bodies(3));
  CHECK(gate.bodies() == std::vector<std::string>{"one", "two", "three"});
  CHECK(count("events") == 3);
}

TEST_CASE_FIXTURE(ServerFixture,
                  "while the gate takes nothing, senders are held up and nothing is lost") {
  const Address address = to_outlet();
  server.start();
  gate.hold();
  UniqueFd fd = connect_to(address);
  const std::string line = std::string(999, 'x') + "\n";
  constexpr std::size_t kLines = 60'000;
  std::atomic<std::size_t> sent{0};
  std::thread sender([&] {
    for (std::size_t i = 0; i < kLines; ++i, ++sent) send_all(fd, line);
  });
  REQUIRE(gate.wait_bodies(16'000));
  // Nothing is taken: what waits stays within the bound and a read or two.
  CHECK(gate.bytes() < (20 << 20));
  CHECK(sent < kLines);
  gate.let_go();
  CHECK(gate.wait_bodies(kLines));
  sender.join();
  CHECK(gate.bodies().size() == kLines);
}

TEST_CASE_FIXTURE(ServerFixture,
                  "an answer is sent when the events are safe, and says so when not") {
  const Address address = acknowledged();
  server.start();
  gate.hold();
  UniqueFd fd = connect_to(address);
  send_all(fd, "one\ntwo\n");
  CHECK(gate.wait_bodies(2));
  char byte = 0;
  CHECK(::recv(fd.get(), &byte, 1, MSG_DONTWAIT) < 0);
  gate.let_go();
  CHECK(read_bytes(fd, 5) == "ok 2\n");
  gate.let_go(Delivery::kRefused);
  send_all(fd, "three\n");
  CHECK(read_bytes(fd, 5) == "no 1\n");
}

TEST_CASE_FIXTURE(ServerFixture,
                  "a peer with much unanswered is held up, and goes on where it was") {
  const Address address = acknowledged();
  server.start();
  gate.hold();
  UniqueFd fd = connect_to(address);
  const std::string line = std::string(9999, 'x') + "\n";
  constexpr std::size_t kLines = 6'000;
  std::thread sender([&] {
    for (std::size_t i = 0; i < kLines; ++i) send_all(fd, line);
    ::shutdown(fd.get(), SHUT_WR);
  });
  REQUIRE(gate.wait_bodies(800));
  CHECK(gate.bytes() < (10 << 20));
  gate.let_go();
  std::size_t acknowledged_lines = 0;
  const std::string answers = read_to_end(fd);
  for (std::size_t at = 0; (at = answers.find("ok ", at)) != std::string::npos; at += 3)
    acknowledged_lines += std::stoul(answers.substr(at + 3));
  CHECK(acknowledged_lines == kLines);
  CHECK(gate.bodies().size() == kLines);
  sender.join();
}

TEST_CASE_FIXTURE(ServerFixture, "a connection that ended before its answer does no harm") {
  const Address address = acknowledged();
  server.start();
  gate.hold();
  UniqueFd fd = connect_to(address);
  send_all(fd, "one\n");
  REQUIRE(gate.wait_bodies(1));
  fd.reset();
  gate.let_go();
  UniqueFd next = connect_to(address);
  send_all(next, "two\n");
  CHECK(read_bytes(next, 5) == "ok 1\n");
}

TEST_CASE_FIXTURE(ServerFixture,
                  "at the end what has arrived is read, and handed on before it is the end") {
  const Address address = to_outlet();
  const Address datagrams = receive();
  UniqueFd before = connect_to(address);
  send_all(before, "early\nhalf");
  UniqueFd udp = connect_to(datagrams, SOCK_DGRAM);
  send_all(udp, "datagram");
  server.start();
  REQUIRE(gate.wait_bodies(2));
  gate.hold();
  UniqueFd late = connect_to(address);
  send_all(late, "late\n");
  begin_stop();
  REQUIRE(gate.wait_bodies(4));
  {
    std::lock_guard lock(mu);
    CHECK(!stopped);
  }
  gate.let_go();
  REQUIRE(wait_stopped());
  auto bodies = gate.bodies();
  std::sort(bodies.begin(), bodies.end());
  CHECK(bodies == std::vector<std::string>{"datagram", "early", "late", "rest:half"});
  CHECK(read_to_end(before).empty());
}

TEST_CASE_FIXTURE(ServerFixture,
                  "at the end answers still go out, and what is not answered is not read") {
  const Address address = acknowledged();
  server.start();
  gate.hold();
  UniqueFd fd = connect_to(address);
  send_all(fd, "one\n");
  REQUIRE(gate.wait_bodies(1));
  begin_stop();
  gate.let_go();
  CHECK(read_to_end(fd) == "ok 1\n");
  fd.reset();
  CHECK(wait_stopped());
}

TEST_CASE_FIXTURE(ServerFixture, "an idle peer does not delay the end") {
  const Address address = echo();
  server.start();
  UniqueFd fd = connect_to(address);
  send_all(fd, "x\n");
  CHECK(read_bytes(fd, 2) == "x\n");
  begin_stop();
  CHECK(read_to_end(fd).empty());
  fd.reset();
  CHECK(wait_stopped());
}

TEST_CASE("a server with all its connections ends whenever it must") {
  HeldGate gate;
  gate.hold();
  Metrics metrics;
  UniqueFd fd;
  {
    StreamServer server({.name = "x", .option = "--x", .node_name = "node"}, gate, metrics);
    auto address = server.listen(Address::tcp("127.0.0.1", 0), protocol([](StreamConnection& c) {
                                   return std::make_unique<AckSession>(c);
                                 }));
    REQUIRE(address.ok());
    server.start();
    fd = connect_to(*address);
    send_all(fd, "one\n");
    REQUIRE(gate.wait_bodies(1));
  }
  gate.let_go();  // answers for a server that is gone
  CHECK(read_to_end(fd).empty());
}

TEST_CASE("connections over the limit are closed, and counted") {
  HeldGate gate;
  Metrics metrics;
  StreamServer server({.name = "x", .option = "--x", .node_name = "node", .max_connections = 1},
                      gate, metrics);
  auto address =
      server.listen(Address::tcp("127.0.0.1", 0),
                    protocol([](StreamConnection& c) { return std::make_unique<EchoSession>(c); }));
  REQUIRE(address.ok());
  server.start();
  UniqueFd first = connect_to(*address);
  send_all(first, "x\n");
  CHECK(read_bytes(first, 2) == "x\n");
  UniqueFd second = connect_to(*address);
  CHECK(read_to_end(second).empty());
  CHECK(metrics.counter("stream.x.connections.refused").value() == 1);
  send_all(first, "y\n");
  CHECK(read_bytes(first, 2) == "y\n");
}

TEST_CASE_FIXTURE(ServerFixture, "datagrams are events, and may be answered") {
  const Address address = receive({.max_datagram = 100});
  server.start();
  UniqueFd fd = connect_to(address, SOCK_DGRAM);
  send_all(fd, "ping");
  CHECK(read_bytes(fd, 4) == "pong");
  for (int i = 0; i < 200; ++i) send_all(fd, std::to_string(i));
  send_all(fd, std::string(101, 'x'));
  REQUIRE(gate.wait_bodies(201));
  const auto bodies = gate.bodies();
  CHECK(bodies.front() == "0");
  CHECK(bodies[199] == "199");
  CHECK(bodies.back() == std::string(20, 'x') + " cut");
  CHECK(wait_count("datagrams", 202));
  CHECK(count("cut") == 1);
}

TEST_CASE_FIXTURE(ServerFixture, "what the kernel had no room for is counted") {
  const Address address = receive({.max_datagram = 2000, .receive_buffer = 4096});
  UniqueFd fd = connect_to(address, SOCK_DGRAM);
  for (int i = 0; i < 100; ++i) send_all(fd, std::string(1000, 'x'));
  server.start();
  REQUIRE(gate.wait_bodies(1));
  // The kernel tells with the next datagram that there is room for.
  send_all(fd, "next");
  CHECK(wait_count("kernel_drops", 1));
  CHECK(count("datagrams") + count("kernel_drops") <= 101);
}

TEST_CASE_FIXTURE(ServerFixture, "unix sockets of both kinds serve local peers") {
  const TemporaryDirectory directory;
  where.kind = Address::Kind::kIpc;
  where.path = directory / "stream";
  const Address stream = to_outlet();
  where.path = directory / "datagram";
  const Address datagrams = receive();
  server.start();
  UniqueFd fd = connect_to(stream);
  send_all(fd, "one\n");
  CHECK(gate.wait_bodies(1));
  UniqueFd other = connect_to(datagrams, SOCK_DGRAM);
  send_all(other, "two");
  CHECK(gate.wait_bodies(2));
}

}  // namespace
}  // namespace ox
