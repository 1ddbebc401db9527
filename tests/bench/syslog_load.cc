// Sends syslog messages of RFC 5424 and some 160 bytes, as lines over one TCP connection or as
// datagrams, as fast as they are taken or at a rate: the sending end of tests/bench/ingest.py.
// Prints the seconds.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "common/base/address.h"
#include "common/base/cli11.h"
#include "common/base/options.h"
#include "common/base/unique_fd.h"

namespace {

using namespace ox;
using LoadClock = std::chrono::steady_clock;

constexpr std::size_t kDatagramsInCall = 64;

struct SyslogLoad {
  std::string target;
  std::uint64_t messages = 1'000'000;
  std::uint64_t rate = 0;
  bool udp = false;
};

std::vector<std::string> make_messages() {
  std::vector<std::string> out;
  for (std::size_t n = 0; n < 8192; ++n)
    out.push_back(
        fmt::format("<{}>1 2024-02-05T17:32:{:02}.{:06}Z host-{} app 4242 - - the quick brown "
                    "fox jumps over the lazy dog, and goes on to say something of the usual "
                    "length, {:06}",
                    n % 192, n / 1000, n % 1000000, n % 100, n));
  return out;
}

bool send_lines(int fd, const SyslogLoad& load) {
  std::string block;
  const auto messages = make_messages();
  for (const std::string& message : messages) block += message + "\n";
  for (std::uint64_t sent = 0; sent < load.messages;) {
    std::string_view rest = block;
    const std::uint64_t left = load.messages - sent;
    if (left < messages.size()) {
      std::size_t size = 0;
      for (std::uint64_t i = 0; i < left; ++i) size += messages[i].size() + 1;
      rest = rest.substr(0, size);
    }
    sent += std::min<std::uint64_t>(left, messages.size());
    while (!rest.empty()) {
      const ssize_t n = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      rest.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  return true;
}

bool send_datagrams(int fd, const SyslogLoad& load) {
  auto messages = make_messages();
  std::array<mmsghdr, kDatagramsInCall> calls{};
  std::array<iovec, kDatagramsInCall> parts{};
  const auto begin = LoadClock::now();
  for (std::uint64_t sent = 0; sent < load.messages;) {
    const std::size_t count = std::min<std::uint64_t>(kDatagramsInCall, load.messages - sent);
    for (std::size_t i = 0; i < count; ++i) {
      std::string& message = messages[(sent + i) % messages.size()];
      parts[i] = {message.data(), message.size()};
      calls[i].msg_hdr.msg_iov = &parts[i];
      calls[i].msg_hdr.msg_iovlen = 1;
    }
    const int n = ::sendmmsg(fd, calls.data(), static_cast<unsigned>(count), 0);
    if (n <= 0) return false;
    sent += static_cast<std::uint64_t>(n);
    if (load.rate > 0)
      std::this_thread::sleep_until(begin +
                                    std::chrono::microseconds(sent * 1'000'000 / load.rate));
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  SyslogLoad load;
  CommandLine line("bench_syslog_load", "Sends syslog messages");
  line.app().add_option("target", load.target, "Where to")->required();
  line.app().add_option("--messages", load.messages, "How many");
  line.app().add_option("--rate", load.rate, "Datagrams a second; 0: as fast as it goes");
  line.app().add_flag("--udp", load.udp, "Datagrams, instead of lines over TCP");
  if (auto code = line.parse(argc, argv)) return *code;
  auto address = Address::parse(load.target, 514);
  if (!address.ok()) return kExitUsage;
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(address->port);
  ::inet_pton(AF_INET, address->host.c_str(), &name.sin_addr);
  const UniqueFd fd(::socket(AF_INET, load.udp ? SOCK_DGRAM : SOCK_STREAM, 0));
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof(name)) != 0) {
    std::perror("bench_syslog_load: connect");
    return 1;
  }
  const auto begin = LoadClock::now();
  if (!(load.udp ? send_datagrams(fd.get(), load) : send_lines(fd.get(), load))) {
    std::perror("bench_syslog_load: send");
    return 1;
  }
  fmt::print("{}\n", std::chrono::duration<double>(LoadClock::now() - begin).count());
  return 0;
}
