#include "proto/event_slices.h"

#include <limits>
#include <string>

#include <doctest/doctest.h>

#include "common/ingest/model/pack.h"

namespace ox {
namespace {

std::string sliced_event() {
  std::string out;
  pack_map_header(out, 9);
  for (const char* key : {"id", "type", "host"}) {
    pack_text(out, key);
    pack_text(out, std::string("the ") + key);
  }
  pack_text(out, "pid");
  pack_uint(out, 4242);
  pack_text(out, "start");
  pack_double(out, 1.5);
  pack_text(out, "end");
  pack_double(out, 2.5);
  pack_text(out, "end");  // comes twice
  pack_double(out, 9.5);
  pack_uint(out, 7);  // a key that is no text
  pack_text(out, "x");
  pack_text(out, "body");
  pack_map_header(out, 4);
  pack_text(out, "other");
  pack_nil(out);
  pack_text(out, "level");
  pack_uint(out, 40);
  pack_text(out, "name");
  pack_text(out, "app");
  pack_text(out, "message");
  pack_text(out, "hello");
  return out;
}

std::optional<double> level_in(const std::string& level) {
  std::string out;
  pack_map_header(out, 1);
  pack_text(out, "body");
  pack_map_header(out, 1);
  pack_text(out, "level");
  return level_of(EventSlices::of(out + level));
}

}  // namespace

TEST_CASE("the well-known keys of an event are found, and of those that come twice the first") {
  const std::string bytes = sliced_event();
  const EventSlices event = EventSlices::of(bytes);
  CHECK(event.id.as_text() == "the id");
  CHECK(event.type.as_text() == "the type");
  CHECK(event.host.as_text() == "the host");
  CHECK(event.pid.as_uint() == 4242);
  CHECK(event.start.as_number() == 1.5);
  CHECK(event.end.as_number() == 2.5);
  const BodySlices body = BodySlices::of(event.body);
  CHECK(body.level.as_int() == 40);
  CHECK(body.name.as_text() == "app");
  CHECK(body.message.as_text() == "hello");
  CHECK(level_of(event) == 40);
}

TEST_CASE("a walk tells the length of the first of many, and 0 for one cut anywhere") {
  const std::string bytes = sliced_event();
  EventSlices slices;
  CHECK(walk_event(bytes + bytes, slices) == bytes.size());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::string cut = bytes.substr(0, size);
    CHECK(walk_event(cut, slices) == 0);
  }
  std::string bad = bytes;
  bad[1] = '\xc1';
  CHECK(walk_event(bad, slices) == 0);
}

TEST_CASE("what is no map has no keys, but a length") {
  EventSlices slices;
  const std::string text = std::string("\xa3") + "abc";
  CHECK(walk_event(text, slices) == 4);
  CHECK_FALSE(slices.id.valid());
  CHECK_FALSE(BodySlices::of(RawValue(text)).level.valid());
  CHECK_FALSE(level_of(slices).has_value());
}

TEST_CASE("maps of all three forms of length are walked") {
  for (const std::string& head : {std::string("\x81", 1), std::string("\xde\x00\x01", 3),
                                  std::string("\xdf\x00\x00\x00\x01", 5)}) {
    std::string bytes = head;
    pack_text(bytes, "type");
    pack_text(bytes, "t");
    EventSlices slices;
    CHECK(walk_event(bytes, slices) == bytes.size());
    CHECK(slices.type.as_text() == "t");
  }
  EventSlices slices;
  CHECK(walk_event(std::string("\xdf\xff\xff\xff\xff", 5), slices) == 0);
}

TEST_CASE("a level is a number, whole or not, and nothing else") {
  std::string number;
  pack_double(number, 10.5);
  CHECK(level_in(number) == 10.5);
  CHECK_FALSE(level_in(std::string("\xa2") + "40").has_value());
  CHECK_FALSE(level_in("\xc0").has_value());
  std::string nan;
  pack_double(nan, std::numeric_limits<double>::quiet_NaN());
  CHECK_FALSE(level_in(nan).has_value());
}

}  // namespace ox
