#include "common/ingest/record_id_cursor.h"

#include <doctest/doctest.h>

namespace ox {
namespace {

constexpr std::uint64_t kNow = 800'000'000;
constexpr std::uint64_t kLong = 2400;  // ticks of a lease

struct CursorFixture {
  void lease(std::uint64_t number, std::uint32_t lanes, std::uint64_t from,
             std::uint64_t authority) {
    CHECK(cursor.granted({RecordLease{number, 8, lanes, from, from + kLong}, authority}, now));
  }
  std::uint64_t take(std::uint32_t n = 1) {
    auto first = cursor.take(n, now);
    REQUIRE(first);
    CHECK(*first > last);
    last = *first + n - 1;
    return *first;
  }
  void pass(std::uint64_t ticks) { now += kRecordTick * static_cast<std::int64_t>(ticks); }
  std::vector<std::uint64_t> released() {
    std::vector<std::uint64_t> out;
    for (const RecordIdRequest& request : cursor.take_releases()) {
      CHECK(request.lanes == 0);
      out.push_back(request.release);
      out.push_back(request.used);
    }
    return out;
  }

  RecordIdCursor cursor{4};
  MonoTime now = Seconds(77);
  std::uint64_t last = 0;
};

using Numbers = std::vector<std::uint64_t>;

TEST_CASE_FIXTURE(CursorFixture, "without a lease there is nothing, and one is wanted") {
  CHECK_FALSE(cursor.take(1, now));
  CHECK(cursor.wants_renewal(now));
  RecordIdRequest request;
  request.lanes = 4;
  CHECK(cursor.request(now) == request);
}

TEST_CASE_FIXTURE(CursorFixture, "ids follow the authority's time") {
  lease(1, 4, kNow, kNow);
  CHECK(take() == record_id(kNow, 8));
  CHECK(take() == record_id(kNow, 8) + 1);
  pass(3);
  CHECK(take() == record_id(kNow + 3, 8));
  CHECK_FALSE(cursor.wants_renewal(now));
}

TEST_CASE_FIXTURE(CursorFixture, "a block is consecutive, however many ids of the tick are gone") {
  lease(1, 4, kNow, kNow);
  take(1);
  for (int i = 0; i < 3; ++i) take(kRecordBlock);
  CHECK(record_id_tick(last) == kNow);
  CHECK(take(kRecordBlock) == record_id(kNow + 1, 8));
  RecordIdCursor narrow(1);
  CHECK(narrow.granted({RecordLease{1, 5, 1, kNow, kNow + kLong}, kNow}, now));
  CHECK(narrow.take(1000, now) == record_id(kNow, 5));
  CHECK(narrow.take(24, now) == record_id(kNow, 5) + 1000);
  CHECK(narrow.take(kRecordBlock, now) == record_id(kNow + 1, 5));
}

TEST_CASE_FIXTURE(CursorFixture, "a lease is renewed halfway, and goes on where it is") {
  lease(1, 4, kNow, kNow);
  pass(kLong / 2 - 1);
  CHECK_FALSE(cursor.wants_renewal(now));
  pass(1);
  CHECK(cursor.wants_renewal(now));
  take();
  RecordIdRequest request = cursor.request(now);
  CHECK(request.extend == 1);
  CHECK(request.lanes == 4);
  CHECK(request.after == kNow + kLong / 2 + 1);
  RecordLease longer{1, 8, 4, kNow, kNow + kLong / 2 + kLong};
  CHECK(cursor.granted({longer, kNow + kLong / 2}, now));
  CHECK_FALSE(cursor.wants_renewal(now));
  take();
  CHECK(record_id_tick(last) == kNow + kLong / 2);
  CHECK(released() == Numbers{});
}

TEST_CASE_FIXTURE(CursorFixture,
                  "nothing is handed out from the end of a lease on, whatever the time is") {
  lease(1, 4, kNow, kNow);
  pass(100 * kLong);
  std::uint64_t blocks = 0;
  while (auto first = cursor.take(kRecordBlock, now)) {
    CHECK(*first > last);
    last = *first + kRecordBlock - 1;
    ++blocks;
  }
  CHECK(last == record_id(kNow + kLong, 8) - 1 - record_id(1, 0) + 4 * kRecordBlock);
  // A quarter of the lease was kept for a time when nobody answers.
  CHECK(blocks == kLong / 4 * 4);
  CHECK(cursor.wants_renewal(now));
}

TEST_CASE_FIXTURE(CursorFixture, "ids that run ahead of the time want more lanes") {
  lease(1, 4, kNow, kNow);
  for (int i = 0; i < 4 * 9; ++i) take(kRecordBlock);
  CHECK_FALSE(cursor.wants_renewal(now));
  take(kRecordBlock);
  CHECK(cursor.wants_renewal(now));
  RecordIdRequest request = cursor.request(now);
  CHECK(request.lanes == 32);
  CHECK(request.extend == 0);
  CHECK(request.after == kNow + 10);

  lease(2, 32, kNow + 10, kNow);
  CHECK(released() == Numbers{1, kNow + 10});
  CHECK(take() == record_id(kNow + 10, 8));
  CHECK_FALSE(cursor.wants_renewal(now));  // the former run ahead does not count again
}

TEST_CASE_FIXTURE(CursorFixture, "when there are no more lanes it asks again only after a while") {
  lease(1, 4, kNow, kNow);
  for (int i = 0; i < 4 * 10; ++i) take(kRecordBlock);
  REQUIRE(cursor.request(now).lanes == 32);
  lease(2, 4, kNow + 10, kNow);
  for (int i = 0; i < 4 * 10; ++i) take(kRecordBlock);
  CHECK_FALSE(cursor.wants_renewal(now));
  now += Seconds(31);
  for (int i = 0; i < 4 * 150; ++i) take(kRecordBlock);
  CHECK(cursor.wants_renewal(now));
}

TEST_CASE_FIXTURE(CursorFixture, "lanes that are hardly used are given back at the next renewal") {
  lease(1, 256, kNow, kNow);
  pass(kLong / 2);
  take();
  RecordIdRequest request = cursor.request(now);
  CHECK(request.lanes == 4);
  CHECK(request.extend == 0);
  lease(2, 4, kNow + kLong / 2 + 1, kNow + kLong / 2);
  CHECK(released() == Numbers{1, kNow + kLong / 2 + 1});
  take();
}

TEST_CASE_FIXTURE(CursorFixture, "lanes that are used are kept") {
  lease(1, 64, kNow, kNow);
  for (std::uint64_t i = 0; i < kLong / 2; ++i) {
    pass(1);
    for (int block = 0; block < 24; ++block) take(kRecordBlock);
  }
  CHECK(cursor.request(now).extend == 1);
}

TEST_CASE_FIXTURE(CursorFixture, "a new lease that overlaps in time goes on behind the old one") {
  lease(1, 4, kNow, kNow);
  pass(5);
  take();
  lease(2, 4, kNow, kNow + 5);
  CHECK(take() == record_id(kNow + 6, 8));
  CHECK(cursor.went_back() == 0);
}

TEST_CASE_FIXTURE(CursorFixture,
                  "ids go back only when the authority has none behind them, and that is told") {
  lease(1, 4, kNow, kNow);
  take();
  lease(2, 4, kNow - 10 * kLong, kNow - 10 * kLong);
  CHECK(cursor.went_back() == 1);
  CHECK(cursor.take(1, now) == record_id(kNow - 10 * kLong, 8));
}

TEST_CASE_FIXTURE(CursorFixture, "an answer that says something else of a lease is none") {
  lease(1, 4, kNow, kNow);
  CHECK_FALSE(cursor.granted({RecordLease{1, 9, 4, kNow, kNow + kLong}, kNow}, now));
  CHECK_FALSE(cursor.granted({RecordLease{1, 8, 8, kNow, kNow + kLong}, kNow}, now));
  CHECK_FALSE(cursor.granted({std::nullopt, kNow}, now));
  CHECK(take() == record_id(kNow, 8));
  CHECK(released() == Numbers{});
}

TEST_CASE_FIXTURE(CursorFixture, "at the end the unused ticks go back") {
  lease(1, 4, kNow, kNow);
  take();
  cursor.end();
  CHECK(released() == Numbers{1, kNow + 1});
  CHECK_FALSE(cursor.take(1, now));
  cursor.end();
  CHECK(released() == Numbers{});
}

}  // namespace
}  // namespace ox
