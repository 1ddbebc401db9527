#include "proto/control.h"

#include <doctest/doctest.h>

#include "tests/unit/proto/vectors.h"

namespace ox {

TEST_CASE("control messages of the golden vectors are read and written") {
  for (const VectorCase& v : read_vectors("control.txt")) {
    CAPTURE(v.label());
    if (v.has("request")) {
      std::string bytes = v.text("request");
      auto request = ControlRequest::decode(bytes);
      if (v.has("error")) {
        CHECK(request.status().code() == Code::kInvalid);
        continue;
      }
      REQUIRE(request.ok());
      CHECK(request->command() == v.text("cmd"));
      if (!v.has("decode_only")) CHECK(encode_control_request(v.text("cmd")) == bytes);
      continue;
    }
    std::string bytes = v.text("reply");
    auto reply = Decoded::decode(bytes);
    REQUIRE(reply.ok());
    if (v.has("port"))
      CHECK(as_uint(*find_key(reply->root(), "port")) == v.uint("port"));
    else if (v.has("text"))
      CHECK(encode_control_error(v.text("text")) == bytes);
    else
      for (const char* key : {"last", "lag", "events", "hosts"})
        CHECK(find_key(reply->root(), key) != nullptr);
  }
}

TEST_CASE("a request gives access to its other keys") {
  for (const VectorCase& v : read_vectors("control.txt")) {
    if (v.text("name") != "a command behind other keys") continue;
    std::string bytes = v.text("request");
    auto request = ControlRequest::decode(bytes);
    REQUIRE(request.ok());
    CHECK(find_text(request->map(), "op") == "set");
    return;
  }
  FAIL("the vector is missing");
}

TEST_CASE("a request over the limit is refused before it is looked at") {
  std::string bytes = encode_control_request(std::string(kMaxControlBytes, 'x'));
  CHECK(ControlRequest::decode(bytes).status().code() == Code::kInvalid);
}

}  // namespace ox
