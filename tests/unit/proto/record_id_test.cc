#include "proto/record_id.h"

#include <doctest/doctest.h>

#include "proto/control.h"
#include "tests/unit/proto/vectors.h"

namespace ox {

TEST_CASE("record ids of the golden vectors are read and written") {
  for (const VectorCase& v : read_vectors("record_id.txt")) {
    CAPTURE(v.label());
    if (v.has("id")) {
      std::uint64_t id = v.uint("id");
      CHECK(record_id(v.uint("tick"), static_cast<std::uint32_t>(v.uint("lane"))) +
                v.uint("sequence") ==
            id);
      CHECK(record_id_tick(id) == v.uint("tick"));
      CHECK(record_id_time(id) == Millis(v.uint("time_ms")));
      CHECK(record_tick(Millis(v.uint("time_ms"))) == v.uint("tick"));
      CHECK(id < std::uint64_t{1} << 53);
      continue;
    }
    if (v.has("request")) {
      std::string bytes = v.text("request");
      auto control = ControlRequest::decode(bytes);
      REQUIRE(control.ok());
      CHECK(control->command() == control::kRecordIds);
      auto request = decode_record_id_request(control->map());
      if (v.has("error")) {
        CHECK(request.status().code() == Code::kInvalid);
        continue;
      }
      REQUIRE(request.ok());
      CHECK(*request == RecordIdRequest{static_cast<std::uint32_t>(v.uint("lanes")),
                                        v.uint("after"), v.uint("extend"), v.uint("release"),
                                        v.uint("used")});
      CHECK(encode_record_id_request(*request) == bytes);
      continue;
    }
    std::string bytes = v.text("reply");
    auto decoded = Decoded::decode(bytes);
    REQUIRE(decoded.ok());
    auto reply = decode_record_id_reply(decoded->root());
    if (v.has("error")) {
      CHECK(reply.status().code() == Code::kCorrupt);
      continue;
    }
    REQUIRE(reply.ok());
    CHECK(reply->now == v.uint("now"));
    CHECK(reply->lease.has_value() == v.has("lease"));
    CHECK(reply->first == v.has("first"));
    if (v.has("lease"))
      CHECK(*reply->lease == RecordLease{v.uint("lease"),
                                         static_cast<std::uint32_t>(v.uint("lane")),
                                         static_cast<std::uint32_t>(v.uint("lanes")),
                                         v.uint("from"), v.uint("until")});
    CHECK(encode_record_id_reply(*reply) == bytes);
  }
}

TEST_CASE("times outside of 2020 to 2089 are the first tick, or the one behind the last") {
  CHECK(record_tick(WallTime(0)) == 0);
  CHECK(record_tick(-Seconds(1)) == 0);
  CHECK(record_tick(kRecordEpoch) == 0);
  CHECK(record_tick(kRecordEpoch + Millis(255)) == 0);
  CHECK(record_tick(kRecordEpoch + Millis(256)) == 1);
  CHECK(record_tick(Seconds(4'000'000'000)) == kRecordTickEnd);
}

}  // namespace ox
