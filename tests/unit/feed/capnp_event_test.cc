#include "common/ingest/feed/capnp_event.h"

#include <string>

#include <doctest/doctest.h>

#include "common/base/bytes.h"
#include "tests/unit/feed/capnp_bytes.h"
#include "tests/unit/model/packed.h"

namespace ox {
namespace {

const std::string kClick = from_hex(capnp_test::kClickHex);
constexpr std::size_t kMost = 1 << 20;

TEST_CASE("the message of Cap'n Proto's own library is read") {
  REQUIRE(kClick.size() == 232);
  CHECK(looks_like_capnp(kClick, kMost));
  auto size = capnp_message_size(kClick + "more", kMost);
  REQUIRE(size.ok());
  CHECK(*size == kClick.size());
  std::string out;
  REQUIRE(append_capnp_event(kClick, out).ok());
  CHECK(json_of(out) == R"({"name": "click", "tstamp": 1500000000.25, "level": 20, "target": )"
                        R"("my-button", "fields": {"n": 3}})");
}

TEST_CASE("numbers and versions are there when they are not zero") {
  std::string message = kClick;
  // The data of the struct begins behind the table and its pointer.
  auto put = [&](std::size_t bit, auto value) { store_le(message.data() + 16 + bit / 8, value); };
  put(64, 0.9F);
  put(96, std::int16_t{-1});
  put(128, std::uint32_t{7});
  put(160, std::uint32_t{3});
  put(192, 2.5);
  put(256, 0.5);
  std::string out;
  REQUIRE(append_capnp_event(message, out).ok());
  CHECK(json_of(out).find(R"("level": -1, "pid": 7, "target": "my-button", "value": 2.5, )"
                          R"("duration": 0.5, "codeLine": 3, )") != std::string::npos);
  CHECK(out.find(std::string("version\xca", 8)) != std::string::npos);
  put(64, 1.0F);
  put(96, std::int16_t{0});
  out.clear();
  REQUIRE(append_capnp_event(message, out).ok());
  CHECK(json_of(out).find(R"("version": 1, "level": 0, )") != std::string::npos);
}

TEST_CASE("a message that is cut is not all there, and none of its bytes matter to us") {
  for (std::size_t size = 0; size < kClick.size(); ++size) {
    CAPTURE(size);
    const std::string cut = kClick.substr(0, size);
    auto found = capnp_message_size(cut, kMost);
    if (size < 8) {
      CHECK(found.status().code() == Code::kUnavailable);
    } else {
      REQUIRE(found.ok());
      CHECK(*found == kClick.size());
    }
    std::string out = "x";
    if (size < 232 - 8) {
      CHECK(append_capnp_event(cut, out).code() == Code::kCorrupt);
      CHECK(out == "x");
    }
  }
  // Each byte changed, in turn: an event or an error, never more than that.
  for (std::size_t i = 0; i < kClick.size(); ++i)
    for (char value : {'\xff', '\x01', '\x7f'}) {
      std::string changed = kClick;
      changed[i] = value;
      std::string out;
      if (append_capnp_event(changed, out).ok()) {
        CHECK(checked_length(out).ok());
      } else {
        CHECK(out.empty());
      }
    }
}

TEST_CASE("tables of segments that nobody sends are refused") {
  CHECK(capnp_message_size(std::string("\x00\x00\x00\x00\xff\xff\xff\xff", 8), kMost)
            .status()
            .code() == Code::kTooLarge);
  CHECK(capnp_message_size("\xff\xff\xff\xff", kMost).status().code() == Code::kCorrupt);
  CHECK(capnp_message_size(std::string("\x02\x00\x00\x00\x01\x00\x00\x00", 8), kMost)
            .status()
            .code() == Code::kUnavailable);
  CHECK_FALSE(looks_like_capnp("{\"name\":1}", kMost));
  CHECK_FALSE(looks_like_capnp(std::string(8, '\0'), kMost));
  CHECK_FALSE(looks_like_capnp(std::string(4, '\0'), kMost));
}

// An event with `count` tags, all of which are one text of `size` bytes.
std::string event_of_one_tag(std::uint32_t count, std::uint32_t size) {
  const std::uint32_t text_words = (size + 1 + 7) / 8;
  std::string out;
  append_le<std::uint32_t>(out, 0);
  append_le<std::uint32_t>(out, 1 + 12 + count + text_words);
  append_le<std::uint64_t>(out, std::uint64_t{12} << 48);  // a struct of 12 pointers
  out.append(std::size_t{11} * 8, '\0');
  append_le<std::uint32_t>(out, 1);               // a list, right behind it,
  append_le<std::uint32_t>(out, count << 3 | 6);  // of pointers
  for (std::uint32_t i = 0; i < count; ++i) {
    append_le<std::uint32_t>(out, (count - 1 - i) << 2 | 1);
    append_le<std::uint32_t>(out, (size + 1) << 3 | 2);
  }
  return out.append(size, 'x').append(std::size_t{text_words} * 8 - size, '\0');
}

TEST_CASE("pointers to the same place do not make much of little") {
  std::string out;
  REQUIRE(append_capnp_event(event_of_one_tag(1, 8000), out).ok());
  CHECK(json_of(out) == R"({"tags": [")" + std::string(8000, 'x') + R"("]})");
  out.clear();
  CHECK(append_capnp_event(event_of_one_tag(500, 8000), out).code() == Code::kCorrupt);
  CHECK(out.empty());
}

}  // namespace
}  // namespace ox
