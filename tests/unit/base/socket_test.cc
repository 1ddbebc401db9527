#include "common/base/socket.h"

#include <string>

#include <doctest/doctest.h>

namespace ox {

TEST_CASE("a socket is served, by the I/O thread it names or by the last there is") {
  for (int io_threads : {1, 2}) {
    CAPTURE(io_threads);
    zmq::context_t context(io_threads);
    SocketOptions options;
    options.io_thread = 1;
    Socket pull(context, zmq::socket_type::pull, options);
    REQUIRE(pull.bind("tcp://127.0.0.1:0").ok());
    CHECK(pull.raw().get(zmq::sockopt::affinity) == (io_threads == 1 ? 1 : 2));
    Socket push(context, zmq::socket_type::push);
    CHECK(push.raw().get(zmq::sockopt::affinity) == 1);
    REQUIRE(push.connect(pull.last_endpoint()).ok());
    pull.raw().set(zmq::sockopt::rcvtimeo, 30'000);
    REQUIRE(push.raw().send(zmq::str_buffer("hello")).has_value());
    zmq::message_t message;
    REQUIRE(pull.raw().recv(message).has_value());
    CHECK(view(message) == "hello");
  }
}

TEST_CASE("small messages are copied and let go, large ones are kept as they are") {
  for (std::size_t size : {0u, 1u, 8192u, 8193u, 300000u}) {
    CAPTURE(size);
    std::string buffer(size, 'x');
    bool freed = false;
    zmq::message_t message(
        buffer.data(), size, [](void*, void* hint) { *static_cast<bool*>(hint) = true; }, &freed);
    std::string_view bytes;
    auto owner = keep_message(std::move(message), bytes);
    CHECK(freed == (size <= 8192));
    CHECK(bytes == buffer);
    owner.reset();
    CHECK(freed);
  }
}

}  // namespace ox
