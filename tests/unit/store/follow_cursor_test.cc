#include "common/store/follow_cursor.h"

#include <doctest/doctest.h>

namespace ox {

TEST_CASE("a position is read as it was written, and fits an HTTP field") {
  FollowCursor cursor;
  cursor.from = std::chrono::hours(416'667);
  cursor.marks = {{0, 1}, {7, 127}, {8, 128}, {0xffffffff, std::uint64_t{1} << 62}};
  const std::string text = cursor.encode();
  CHECK(
      text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
      std::string::npos);
  auto decoded = FollowCursor::decode(text);
  REQUIRE(decoded.ok());
  CHECK(*decoded == cursor);
  CHECK(FollowCursor::decode(FollowCursor().encode()).value() == FollowCursor());
}

TEST_CASE("whatever else a client sends is no position") {
  FollowCursor cursor;
  cursor.from = std::chrono::hours(416'667);
  cursor.marks = {{5, 300}};
  const std::string text = cursor.encode();
  for (std::size_t cut = 0; cut < text.size(); ++cut)
    CHECK_FALSE(FollowCursor::decode(text.substr(0, cut)).ok());
  for (std::size_t at = 0; at + 2 < text.size(); ++at) {
    std::string changed = text;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    CHECK_FALSE(FollowCursor::decode(changed).ok());
  }
  for (const char* other : {"", "42", "<>", "AAAAAAAAAAAAAAAA"})
    CHECK_FALSE(FollowCursor::decode(other).ok());
}

TEST_CASE("a time that nobody can have is no position, and one before 1970 is its beginning") {
  FollowCursor cursor;
  cursor.from = std::chrono::hours(4'000'000'000) / 2;
  CHECK_FALSE(FollowCursor::decode(cursor.encode()).ok());
  cursor.from = -std::chrono::hours(5);
  CHECK(FollowCursor::decode(cursor.encode()).value() == FollowCursor());
}

TEST_CASE("files of one name, compressed and not, have positions of their own") {
  CHECK(FollowCursor::key_of("20260101/a-20260101.log", false) !=
        FollowCursor::key_of("20260101/a-20260101.log", true));
}

}  // namespace ox
