#include "common/ingest/line_event.h"

#include <set>

#include <doctest/doctest.h>
#include <unistd.h>

#include "common/base/bytes.h"
#include "proto/event_view.h"

namespace ox {
namespace {

constexpr WallTime kAt = Millis(1'500'000'000'250);

std::string encode(std::string_view data, bool starts = true, bool ends = true) {
  LineEventEncoder encoder("notices", "web-1");
  std::string out;
  encoder.append(out, data, starts, ends, kAt);
  return out;
}

TEST_CASE("a line becomes a BlueOx event with the keys in BlueOx's order") {
  std::string body = encode("hello");
  auto decoded = Decoded::decode(body);
  REQUIRE(decoded.ok());
  const msgpack::object& root = decoded->root();
  std::string keys;
  for (std::uint32_t i = 0; i < root.via.map.size; ++i)
    keys += std::string(as_text(root.via.map.ptr[i].key).value()) + " ";
  CHECK(keys == "id type host pid start end body ");
  CHECK(find_text(root, "type") == "notices");
  CHECK(find_text(root, "host") == "web-1");
  CHECK(as_uint(*find_key(root, "pid")) == static_cast<std::uint64_t>(::getpid()));
  CHECK(find_number(root, "start") == 1500000000.25);
  CHECK(find_number(root, "end") == 1500000000.25);
  const msgpack::object* fields = find_key(root, "body");
  CHECK(fields->via.map.size == 1);
  CHECK(find_text(*fields, "data") == "hello");
}

TEST_CASE("the id is 8 hex digits of the time and 24 random ones, and no two are alike") {
  LineEventEncoder encoder("t", "h");
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    std::string body;
    encoder.append(body, "x", true, true, kAt);
    auto decoded = Decoded::decode(body);
    std::string id(find_text(decoded->root(), "id").value());
    CHECK(id.size() == 32);
    CHECK(id.starts_with("59682f00"));
    CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
    ids.insert(id);
  }
  CHECK(ids.size() == 1000);
}

TEST_CASE("encoding is the old MessagePack spec: fixraw, raw16, raw32 by length") {
  auto data_head = [](std::size_t size) {
    std::string body = encode(std::string(size, 'x'));
    std::size_t key = body.rfind(
                          "\xa4"
                          "data") +
                      5;
    return to_hex(std::string_view(body).substr(key, body.size() - key - size));
  };
  CHECK(data_head(0) == "a0");
  CHECK(data_head(31) == "bf");
  CHECK(data_head(32) == "da0020");
  CHECK(data_head(255) == "da00ff");
  CHECK(data_head(65535) == "daffff");
  CHECK(data_head(65536) == "db00010000");
}

TEST_CASE("bytes that are not UTF-8 come through unchanged") {
  std::string bytes;
  for (int c = 0; c < 256; ++c) bytes.push_back(static_cast<char>(c));
  std::string body = encode(bytes);
  auto decoded = Decoded::decode(body);
  CHECK(find_text(*find_key(decoded->root(), "body"), "data") == bytes);
}

TEST_CASE("pieces of one line share its id, and all but the last are marked partial") {
  LineEventEncoder encoder("t", "h");
  std::vector<std::string> ids;
  std::vector<bool> partial;
  auto add = [&](bool starts, bool ends) {
    std::string body;
    encoder.append(body, "x", starts, ends, kAt);
    auto decoded = Decoded::decode(body);
    REQUIRE(decoded.ok());
    ids.emplace_back(find_text(decoded->root(), "id").value());
    partial.push_back(find_key(*find_key(decoded->root(), "body"), "partial") != nullptr);
  };
  add(true, false);
  add(false, false);
  add(false, true);
  add(true, true);
  CHECK(ids[0] == ids[1]);
  CHECK(ids[1] == ids[2]);
  CHECK(ids[2] != ids[3]);
  CHECK(partial == std::vector<bool>{true, true, false, false});
}

TEST_CASE("a piece whose line began in another process still has an id") {
  std::string body = encode("rest", false, true);
  auto decoded = Decoded::decode(body);
  CHECK(find_text(decoded->root(), "id")->starts_with("59682f00"));
}

TEST_CASE("events are appended to what the buffer has") {
  LineEventEncoder encoder("t", "h");
  std::string out;
  encoder.append(out, "a", true, true, kAt);
  std::size_t first = out.size();
  encoder.append(out, "b", true, true, kAt);
  CHECK(msgpack_length(out).value() == first);
  CHECK(msgpack_length(std::string_view(out).substr(first)).value() == out.size() - first);
}

}  // namespace
}  // namespace ox
