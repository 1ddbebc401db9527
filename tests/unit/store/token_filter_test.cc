#include "common/store/token_filter.h"

#include <doctest/doctest.h>

#include "common/base/bytes.h"

namespace ox {
namespace {

bool may_hold(const std::string& filter, std::uint64_t hash) {
  const auto pages = static_cast<std::uint32_t>(filter.size() / kFilterPageBytes);
  return filter_page_may_hold(std::string_view(filter).substr(
                                  filter_page_of(hash, pages) * kFilterPageBytes, kFilterPageBytes),
                              hash);
}

TokenSet numbered_tokens(int count) {
  TokenSet set;
  for (int n = 0; n < count; ++n) set.add_text("word" + std::to_string(n));
  return set;
}

int wrong_answers(const std::string& filter, int questions) {
  int wrong = 0;
  for (int n = 0; n < questions; ++n)
    wrong += may_hold(filter, token_hash("absent" + std::to_string(n))) ? 1 : 0;
  return wrong;
}

}  // namespace

TEST_CASE("a filter has every token that was put in, and about one in a hundred that was not") {
  for (int count : {1, 100, 5'000, 40'000}) {
    const std::string filter = make_token_filter(numbered_tokens(count), 1 << 20);
    CHECK(filter.size() % kFilterPageBytes == 0);
    CHECK(filter.size() <= static_cast<std::size_t>(count) * 11 / 8 + kFilterPageBytes);
    for (int n = 0; n < count; ++n)
      REQUIRE(may_hold(filter, token_hash("word" + std::to_string(n))));
    CHECK(wrong_answers(filter, 20'000) < 400);
  }
}

TEST_CASE("a filter is not larger than it may be, and knows less then") {
  const std::string filter = make_token_filter(numbered_tokens(40'000), 20'000);
  CHECK(filter.size() == 19 * kFilterPageBytes);
  for (int n = 0; n < 40'000; ++n)
    REQUIRE(may_hold(filter, token_hash("word" + std::to_string(n))));
  CHECK(wrong_answers(filter, 1'000) < 700);
  CHECK(make_token_filter(numbered_tokens(40'000), 0).size() == kFilterPageBytes);
}

TEST_CASE("a filter is the same on every machine, and in every version that reads it") {
  TokenSet one;
  one.add_text("request");
  const std::string filter = make_token_filter(one, 1024);
  const std::uint64_t hash = token_hash("request");
  std::string expected(kFilterPageBytes, '\0');
  const std::size_t cell = (hash >> 32) % 32 * 32;
  // Salts of Parquet's BloomFilter.md.
  const std::uint32_t salts[] = {0x47b6137bU, 0x44974d91U, 0x8824ad5bU, 0xa2b7289dU,
                                 0x705495c7U, 0x2df1424bU, 0x9efc4947U, 0x5c6bfb31U};
  for (std::size_t i = 0; i < 8; ++i)
    store_le(expected.data() + cell + 4 * i,
             std::uint32_t{1} << ((static_cast<std::uint32_t>(hash) * salts[i]) >> 27));
  CHECK(filter == expected);
  // By another program.
  CHECK(hash == 0xc63982fc1a872558U);
}

}  // namespace ox
