#include "common/store/event_tokens.h"

#include <string>

#include <doctest/doctest.h>

#include "common/ingest/model/pack.h"

namespace ox {
namespace {

bool has(const TokenSet& set, std::string_view token) {
  bool found = false;
  set.for_each([&](std::uint64_t hash) { found |= hash == token_hash(token); });
  return found;
}

}  // namespace

TEST_CASE("tokens of a text are its runs of letters, digits and underscores, lowered") {
  CHECK(tokens_of_text("Foo_1-bar  BAZ!") ==
        std::vector<std::uint64_t>{token_hash("foo_1"), token_hash("bar"), token_hash("baz")});
  CHECK(token_hash("FOO") == token_hash("foo"));
  CHECK(tokens_of_text(" -- \xc3\xa4 ").empty());
  CHECK(tokens_of_text("").empty());
}

TEST_CASE("an event has the tokens of its keys, texts and whole numbers, at any depth") {
  std::string event;
  pack_map_header(event, 2);
  pack_text(event, "outer_key");
  pack_array_header(event, 4);
  pack_int(event, -42);
  pack_uint(event, 18446744073709551615U);
  pack_double(event, 3000.0);
  pack_double(event, 2.5);
  pack_text(event, "body");
  pack_map_header(event, 2);
  pack_text(event, "inner");
  pack_text(event, "It-is " + std::string(70'000, 'x'));
  event += std::string("\xc4\x05", 2) + "Bytes";  // a bin
  TokenSet set;
  set.add_event(event + std::string("\xd4\x05\xab", 3));  // an ext
  for (const char* token : {"outer_key", "42", "18446744073709551615", "3000", "body", "inner",
                            "ab", "it", "is", "bytes"})
    CHECK_MESSAGE(has(set, token), token);
  CHECK(has(set, std::string(70'000, 'x')));
  CHECK(set.size() == 11);
  set.clear();
  CHECK(set.size() == 0);
}

TEST_CASE("bytes that are no MessagePack have the tokens of what comes before") {
  std::string event;
  pack_map_header(event, 3);
  pack_text(event, "one");
  event += "\xc1";
  TokenSet set;
  set.add_event(event);
  CHECK(set.size() == 1);
  set.add_event("");
  set.add_event("\xdf\xff\xff\xff\xff\xa1x");
  CHECK(set.size() == 2);
}

TEST_CASE("a set keeps each of many tokens once") {
  TokenSet set;
  for (int round = 0; round < 2; ++round)
    for (int n = 0; n < 50'000; ++n) set.add_text("token" + std::to_string(n));
  CHECK(set.size() == 50'000);
}

}  // namespace ox
