// Clients of an HTTP server, from one thread: the sending end of tests/bench/ingest.py.
//   honest ones  N connections that are kept alive, each with one request under way; prints as
//                JSON how long they took, and the latencies
//   slow ones    (--drip) N connections that send a byte of a head or of a body once in a while,
//                and are opened again when the server has had enough; prints "ready", and goes on
//                until it is killed
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/address.h"
#include "common/base/cli11.h"
#include "common/base/clock.h"
#include "common/base/exit_codes.h"
#include "common/base/options.h"

namespace {

using namespace ox;

struct HttpLoadOptions {
  std::string target;
  std::string path = "/api/v1/record";
  std::string content_type = "application/json";
  std::size_t connections = 1;
  std::uint64_t requests = 1'000;
  std::size_t records = 1;  // of a request
  std::size_t size = 300;   // bytes of a record
  bool drip = false;
};

[[noreturn]] void give_up(const std::string& what) {
  fmt::print(stderr, "bench_http_load: {}: {}\n", what, std::strerror(errno));
  std::exit(1);
}

// What Chronologer, whose record needs the most keys, and everybody else takes.
std::string record(std::size_t size) {
  std::string text =
      R"({"name":"bench.http","created":1500000000.25,"levelno":20,"message":"a message",)"
      R"("msg":"a message","exc_text":null,"exc_info":null,"pad":")";
  const std::size_t pad = size > text.size() + 2 ? size - text.size() - 2 : 0;
  return text.append(pad, 'x').append("\"}");
}

std::string http_head(const HttpLoadOptions& options, std::size_t length) {
  return fmt::format(
      "POST {} HTTP/1.1\r\nHost: {}\r\nAuthorization: Basic bG9nZ2VyOg==\r\nContent-Type: {}\r\n"
      "Content-Length: {}\r\n\r\n",
      options.path, options.target, options.content_type, length);
}

std::string http_request(const HttpLoadOptions& options) {
  std::string body;
  for (std::size_t i = 0; i < options.records; ++i) {
    body += record(options.size);
    if (options.records > 1) body.push_back('\n');
  }
  return http_head(options, body.size()) + body;
}

int connect_to(const Address& address) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) give_up("socket");
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(address.port);
  if (::inet_pton(AF_INET, address.host.c_str(), &to.sin_addr) != 1)
    give_up("the address is no IPv4 address in numbers");
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) give_up("connect");
  const int on = 1;
  (void)::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

struct HttpClient {
  int fd = -1;
  MonoTime sent{};
  std::size_t written = 0;
  std::string answer;
};

class HonestClients {
 public:
  explicit HonestClients(const HttpLoadOptions& options, const Address& address)
      : options_(options), request_(http_request(options)), clients_(options.connections) {
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ < 0) give_up("epoll_create1");
    latencies_.reserve(options.requests);
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      clients_[i].fd = connect_to(address);
      watch(EPOLL_CTL_ADD, i, EPOLLIN);
    }
  }

  void run() {
    const MonoTime started = Clock::system().mono();
    for (std::size_t i = 0; i < clients_.size(); ++i) begin(i);
    std::vector<epoll_event> ready(256);
    while (latencies_.size() < options_.requests) {
      const int n = ::epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), 60'000);
      if (n == 0) errno = ETIMEDOUT;
      if (n <= 0 && errno != EINTR) give_up("no answer");
      for (int i = 0; i < n; ++i) {
        const epoll_event& event = ready[static_cast<std::size_t>(i)];
        if ((event.events & EPOLLOUT) != 0) write(event.data.u64);
        if ((event.events & ~EPOLLOUT) != 0) read(event.data.u64);
      }
    }
    report(to_seconds(Clock::system().mono() - started));
  }

 private:
  void watch(int operation, std::size_t index, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = index;
    if (::epoll_ctl(epoll_, operation, clients_[index].fd, &event) != 0) give_up("epoll_ctl");
  }

  void begin(std::size_t index) {
    if (begun_ == options_.requests) return;
    ++begun_;
    HttpClient& client = clients_[index];
    client.sent = Clock::system().mono();
    client.written = 0;
    client.answer.clear();
    write(index);
  }

  void write(std::size_t index) {
    HttpClient& client = clients_[index];
    const bool waited = client.written > 0;
    while (client.written < request_.size()) {
      const ssize_t n = ::send(client.fd, request_.data() + client.written,
                               request_.size() - client.written, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (n < 0 && errno == EAGAIN) return watch(EPOLL_CTL_MOD, index, EPOLLIN | EPOLLOUT);
      if (n < 0) give_up("send");
      client.written += static_cast<std::size_t>(n);
    }
    if (waited) watch(EPOLL_CTL_MOD, index, EPOLLIN);
  }

  void read(std::size_t index) {
    HttpClient& client = clients_[index];
    char buffer[16384];
    const ssize_t n = ::recv(client.fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) give_up("the server closed a connection");
    client.answer.append(buffer, static_cast<std::size_t>(n));
    if (!complete(client.answer)) return;
    if (client.answer.compare(0, 10, "HTTP/1.1 2") != 0) {
      fmt::print(stderr, "bench_http_load: answered {}\n", client.answer);
      std::exit(1);
    }
    latencies_.push_back(Clock::system().mono() - client.sent);
    begin(index);
  }

  static bool complete(const std::string& answer) {
    const std::size_t end = answer.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    static constexpr std::string_view kLength = "\r\nContent-Length: ";
    const std::size_t at = answer.find(kLength);
    std::size_t length = 0;
    if (at < end)
      (void)std::from_chars(answer.data() + at + kLength.size(), answer.data() + end, length);
    return answer.size() >= end + 4 + length;
  }

  void report(double seconds) {
    std::sort(latencies_.begin(), latencies_.end());
    auto at = [this](double part) {
      const double last = static_cast<double>(latencies_.size() - 1);
      return 1e6 * to_seconds(latencies_[static_cast<std::size_t>(last * part)]);
    };
    fmt::print(R"({{"seconds": {:.6f}, "p50_us": {:.1f}, "p99_us": {:.1f}}})"
               "\n",
               seconds, at(0.5), at(0.99));
  }

  const HttpLoadOptions options_;
  const std::string request_;
  int epoll_ = -1;
  std::vector<HttpClient> clients_;
  std::uint64_t begun_ = 0;
  std::vector<Micros> latencies_;
};

// Each sends a byte a second: the even ones of a head that has no end, the others of a body.
[[noreturn]] void drip(const HttpLoadOptions& options, const Address& address) {
  constexpr std::size_t kTurns = 100;  // in a second
  const std::string head = http_head(options, 100'000);
  struct Slow {
    int fd;
    std::size_t written = 0;
  };
  std::vector<Slow> all;
  auto open = [&](std::size_t index) {
    Slow slow{connect_to(address)};
    if (index % 2 == 1 && ::send(slow.fd, head.data(), head.size(), MSG_NOSIGNAL) > 0)
      slow.written = head.size();
    return slow;
  };
  for (std::size_t i = 0; i < options.connections; ++i) all.push_back(open(i));
  fmt::print("ready\n");
  (void)std::fflush(stdout);
  for (std::size_t turn = 0;; ++turn) {
    for (std::size_t i = turn % kTurns; i < all.size(); i += kTurns) {
      Slow& slow = all[i];
      const std::size_t body = head.size() - 2;  // what has an end comes after it
      const char byte = slow.written < body ? head[slow.written] : 'x';
      char answer[1024];
      const bool ended = ::recv(slow.fd, answer, sizeof answer, MSG_DONTWAIT) >= 0;
      if (!ended && ::send(slow.fd, &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1) {
        ++slow.written;
        continue;
      }
      ::close(slow.fd);
      slow = open(i);
    }
    ::usleep(1'000'000 / kTurns);
  }
}

}  // namespace

int main(int argc, char** argv) {
  HttpLoadOptions options;
  CommandLine line("bench_http_load", "Sends requests as fast as they are answered.");
  line.app().add_option("target", options.target, "HOST:PORT, in numbers")->required();
  line.app().add_option("--path", options.path, "Where to POST");
  line.app().add_option("--content-type", options.content_type, "Of the bodies");
  line.app().add_option("--connections", options.connections, "How many clients");
  line.app().add_option("--requests", options.requests, "How many, of all clients together");
  line.app().add_option("--records", options.records, "In each request; lines, when several");
  line.app().add_option("--size", options.size, "Bytes of a record");
  line.app().add_flag("--drip", options.drip, "Be slow instead, until killed");
  if (auto code = line.parse(argc, argv)) return *code;
  const std::size_t colon = options.target.rfind(':');
  std::uint16_t port = 0;
  const char* end = options.target.data() + options.target.size();
  if (colon == std::string::npos ||
      std::from_chars(options.target.data() + colon + 1, end, port).ptr != end ||
      options.connections == 0) {
    line.complain("HOST:PORT and one connection at least");
    return kExitUsage;
  }
  const Address address = Address::tcp(options.target.substr(0, colon), port);
  if (options.drip) drip(options, address);
  HonestClients(options, address).run();
  return 0;
}
