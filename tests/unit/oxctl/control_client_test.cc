#include "common/link/control_client.h"

#include <cstdlib>
#include <thread>

#include <doctest/doctest.h>

#include "oxctl/commands.h"
#include "proto/control.h"
#include "tests/unit/oxctl/replies.h"

using namespace ox;
using namespace ox::test;

namespace {

// A REP socket on a free port that answers `rounds` requests with `answer(request)`.
class Server {
 public:
  Server(std::function<std::vector<std::string>(const std::string&)> answer, int rounds)
      : socket_(context_, zmq::socket_type::rep) {
    REQUIRE(socket_.bind("tcp://127.0.0.1:*").ok());
    port_ = socket_.last_port();
    thread_ = std::thread([this, answer = std::move(answer), rounds] {
      for (int i = 0; i < rounds; ++i) {
        zmq::message_t request;
        if (!socket_.raw().recv(request)) return;
        std::vector<zmq::message_t> frames;
        for (const std::string& part : answer(request.to_string())) frames.emplace_back(part);
        (void)socket_.send(frames);
      }
    });
  }
  ~Server() { thread_.join(); }

  zmq::context_t& context() { return context_; }
  Address address() const { return Address::tcp("127.0.0.1", port_); }

 private:
  zmq::context_t context_;
  Socket socket_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

std::string text_of(const Result<Address>& address) {
  return address.ok() ? address.value().to_string() : address.status().message();
}

}  // namespace

TEST_CASE("an address gets the control port when it names none") {
  CHECK(text_of(parse_control_address("log-master")) == "log-master:3513");
  CHECK(text_of(parse_control_address("log-master:99")) == "log-master:99");
  CHECK(text_of(parse_control_address("[::1]")) == "[::1]:3513");
  CHECK(text_of(parse_control_address("ipc:///run/oxd/control")) == "ipc:///run/oxd/control");
}

TEST_CASE("where oxd listens on every interface, the client asks on loopback") {
  CHECK(text_of(parse_control_address("*")) == "127.0.0.1:3513");
  CHECK(text_of(parse_control_address("0.0.0.0:7")) == "127.0.0.1:7");
  CHECK(text_of(parse_control_address("[::]:7")) == "[::1]:7");
}

TEST_CASE("an address nobody can connect to is refused") {
  CHECK_FALSE(parse_control_address("off").ok());
  CHECK_FALSE(parse_control_address("host:0").ok());
  CHECK_FALSE(parse_control_address("a:b:c").ok());
  CHECK_FALSE(parse_control_address("").ok());
}

TEST_CASE("the default address comes from the environment, then is loopback") {
  ::unsetenv("BLUEOX_CLIENT_HOST");
  CHECK(text_of(default_control_address()) == "127.0.0.1:3513");
  ::setenv("BLUEOX_CLIENT_HOST", "", 1);
  CHECK(text_of(default_control_address()) == "127.0.0.1:3513");
  ::setenv("BLUEOX_CLIENT_HOST", "log-master", 1);
  CHECK(text_of(default_control_address()) == "log-master:3513");
  ::setenv("BLUEOX_CLIENT_HOST", "a:b:c", 1);
  CHECK(text_of(default_control_address()).starts_with("BLUEOX_CLIENT_HOST: 'a:b:c'"));
  ::unsetenv("BLUEOX_CLIENT_HOST");
}

TEST_CASE("a request is answered, and the reply outlives what carried it") {
  Server server(
      [](const std::string& request) {
        auto decoded = ControlRequest::decode(request);
        return std::vector<std::string>{
            packed(map("echo", decoded.ok() ? std::string(decoded->command()) : "?"))};
      },
      1);
  auto reply = control_request(server.context(), server.address(), encode_control_request("PING"));
  REQUIRE(reply.ok());
  ControlReply moved = std::move(reply).value();
  CHECK(find_text(moved.map(), "echo") == "PING");
  CHECK_FALSE(moved.error());
}

TEST_CASE("an exchange may ask again after an answer") {
  Server server(
      [](const std::string&) { return std::vector<std::string>{packed(map("ok", true))}; }, 2);
  ControlExchange exchange(server.context(), server.address());
  REQUIRE(exchange.send(encode_control_request("PING")).ok());
  CHECK_FALSE(exchange.send(encode_control_request("PING")).ok());
  CHECK(exchange.wait(kControlTimeout).ok());
  REQUIRE(exchange.send(encode_control_request("PING")).ok());
  CHECK(exchange.wait(kControlTimeout).ok());
}

TEST_CASE("nobody there is an error that names the address") {
  zmq::context_t context;
  auto reply = control_request(context, Address::tcp("127.0.0.1", 1),
                               encode_control_request("PING"), Millis(20));
  REQUIRE_FALSE(reply.ok());
  CHECK(reply.status().code() == Code::kUnavailable);
  CHECK(reply.status().message() == "127.0.0.1:1 did not answer within 20ms");
}

TEST_CASE("a reply that is no single map is corrupt") {
  const std::vector<std::vector<std::string>> replies = {
      {"\xc1"}, {""}, {packed(list(1))}, {packed(map()), packed(map())}, {packed(map("a", 1)), ""}};
  std::size_t next = 0;
  Server server([&](const std::string&) { return replies[next++]; },
                static_cast<int>(replies.size()));
  for (std::size_t i = 0; i < replies.size(); ++i) {
    auto reply =
        control_request(server.context(), server.address(), encode_control_request("STATUS"));
    REQUIRE_FALSE(reply.ok());
    CHECK(reply.status().code() == Code::kCorrupt);
  }
}

TEST_CASE("an error in a reply is a refusal, whatever its type") {
  auto refusal = [](const std::string& bytes) {
    auto reply = ControlReply::decode(bytes);
    REQUIRE(reply.ok());
    auto error = reply->error();
    return error ? std::string(*error) : "none";
  };
  CHECK(refusal(packed(map("error", "Unknown Command"))) == "Unknown Command");
  CHECK(refusal(packed(map("error", 5))) == "for a reason that is no text");
  CHECK(refusal(packed(map("error", kNil))) == "none");
  CHECK(refusal(packed(map("ok", true))) == "none");
}

TEST_CASE("a socket's address is the control host with the port of the reply") {
  auto where = [](const std::string& control, const std::string& bytes) {
    auto reply = ControlReply::decode(bytes);
    auto address = parse_control_address(control);
    REQUIRE(reply.ok());
    REQUIRE(address.ok());
    return text_of(socket_address(*address, *reply));
  };
  CHECK(where("log-master", packed(map("port", 35123))) == "log-master:35123");
  CHECK(where("[::1]:99", packed(map("port", 35123))) == "[::1]:35123");
  CHECK(where("ipc:///run/oxd", packed(map("port", 35123))) == "127.0.0.1:35123");
  const std::string off = "the reply names no port: that socket is off";
  CHECK(where("h", packed(map("port", 0))) == off);
  CHECK(where("h", packed(map("port", kNil))) == off);
  CHECK(where("h", packed(map("port", 70000))) == off);
  CHECK(where("h", packed(map("port", -1))) == off);
  CHECK(where("h", packed(map())) == off);
}

TEST_CASE("requests with arguments are maps that oxd can decode") {
  const std::string forward = encode_forward_request("set", {"a:1", "b:2"});
  auto request = ControlRequest::decode(forward);
  REQUIRE(request.ok());
  CHECK(request->command() == "FORWARD");
  CHECK(find_text(request->map(), "op") == "set");
  const msgpack::object* targets = find_key(request->map(), "targets");
  REQUIRE(targets != nullptr);
  CHECK(targets->as<std::vector<std::string>>() == std::vector<std::string>{"a:1", "b:2"});

  const std::string level = encode_log_level_request("debug");
  auto level_request = ControlRequest::decode(level);
  REQUIRE(level_request.ok());
  CHECK(find_text(level_request->map(), "level") == "debug");
  CHECK(encode_log_level_request("") == encode_control_request("LOG_LEVEL"));
}
