#include "common/ingest/fluent/chunk_memory.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace ox {
namespace {

using Claim = ChunkMemory::Claim;

TEST_CASE("a chunk is new once, then under way, then safe") {
  ChunkMemory memory;
  CHECK(memory.claim("a") == Claim::kNew);
  CHECK(memory.claim("a") == Claim::kUnderWay);
  CHECK(memory.claim("b") == Claim::kNew);
  memory.settle("a", true);
  CHECK(memory.claim("a") == Claim::kSafe);
  CHECK(memory.claim("b") == Claim::kUnderWay);
}

TEST_CASE("those who wait for a chunk hear what became of it, and one that is lost is new again") {
  ChunkMemory memory;
  std::vector<std::string> heard;
  auto hear = [&](const char* who) {
    return [&heard, who](bool safe) { heard.push_back(std::string(who) + (safe ? "+" : "-")); };
  };
  CHECK(memory.claim("a") == Claim::kNew);
  memory.wait("a", hear("1"));
  memory.wait("a", hear("2"));
  memory.settle("a", false);
  CHECK(heard == std::vector<std::string>{"1-", "2-"});
  CHECK(memory.claim("a") == Claim::kNew);
  memory.wait("a", hear("3"));
  memory.settle("a", true);
  memory.settle("a", true);
  CHECK(heard == std::vector<std::string>{"1-", "2-", "3+"});
}

TEST_CASE("so many chunks are remembered, the oldest is forgotten first") {
  ChunkMemory memory(2);
  for (const char* name : {"a", "b", "c"}) {
    CHECK(memory.claim(name) == Claim::kNew);
    memory.settle(name, true);
  }
  CHECK(memory.claim("c") == Claim::kSafe);
  CHECK(memory.claim("b") == Claim::kSafe);
  CHECK(memory.claim("a") == Claim::kNew);
}

TEST_CASE("a name that is too long is always new") {
  ChunkMemory memory;
  const std::string name(ChunkMemory::kLongestChunk + 1, 'x');
  CHECK(memory.claim(name) == Claim::kNew);
  memory.settle(name, true);
  CHECK(memory.claim(name) == Claim::kNew);
}

TEST_CASE("sender, tag, name and content make the identity of a chunk") {
  const std::string key = chunk_key("h", "t", "c", "payload", false);
  CHECK(key == chunk_key("h", "t", "c", "payload", false));
  for (const std::string& other :
       {chunk_key("i", "t", "c", "payload", false), chunk_key("h", "u", "c", "payload", false),
        chunk_key("h", "t", "d", "payload", false), chunk_key("h", "t", "c", "payloaD", false),
        chunk_key("", "th", "c", "payload", false), chunk_key("h", "", "tc", "payload", false)})
    CHECK(key != other);
  // gzip says in its header when it was made.
  CHECK(chunk_key("h", "t", "c", "head1-trailer", true) ==
        chunk_key("h", "t", "c", "head2-trailer", true));
  CHECK(chunk_key("h", "t", "c", "head-trailer", true) !=
        chunk_key("h", "t", "c", "head-trailor", true));
}

}  // namespace
}  // namespace ox
