#include "common/ingest/api/logger/event_numbers.h"

#include <set>
#include <tuple>

#include <doctest/doctest.h>

#include "common/ingest/model/timestamp.h"
#include "proto/record_id.h"

namespace ox {
namespace {

constexpr WallTime kTime = Seconds(1'500'000'000);

struct Ids {
  EventNumbers numbers(std::size_t remembered = EventNumbers::kRemembered) {
    return {[this] { return first; },
            [this]() -> Result<std::uint64_t> {
              if (!available) return Status(Code::kUnavailable, "none");
              return next++;
            },
            remembered};
  }
  bool first = true;
  bool available = true;
  std::uint64_t next = record_id(1, 0);
};

TEST_CASE("the first process counts for each facility and time") {
  Ids ids;
  ids.available = false;
  EventNumbers numbers = ids.numbers();
  CHECK(*numbers.take("web", kTime) == 0);
  CHECK(*numbers.take("web", kTime) == 1);
  CHECK(*numbers.take("db", kTime) == 0);
  CHECK(*numbers.take("web", kTime + Micros(1)) == 0);
  CHECK(*numbers.take("web", kTime) == 2);
}

TEST_CASE("every other process takes record ids") {
  Ids ids;
  ids.first = false;
  EventNumbers numbers = ids.numbers();
  const std::uint64_t begin = ids.next;
  CHECK(*numbers.take("web", kTime) == begin);
  CHECK(*numbers.take("web", kTime) == begin + 1);
  ids.available = false;
  CHECK(numbers.take("web", kTime).status().code() == Code::kUnavailable);
}

TEST_CASE("whatever is forgotten, no number comes twice") {
  Ids ids;
  EventNumbers numbers = ids.numbers(8);
  std::set<std::tuple<int, int, std::uint64_t>> seen;
  for (int round = 0; round < 2000; ++round) {
    const int facility = round % 3;
    const int time = (round * 7) % 40 + round / 100;
    auto number =
        numbers.take(std::string(1, static_cast<char>('a' + facility)), kTime + Micros(time));
    REQUIRE(number.ok());
    CHECK(seen.emplace(facility, time, *number).second);
  }
  CHECK(*numbers.take("a", kTime + Seconds(1)) == 0);
}

}  // namespace
}  // namespace ox
