#include "oxd/stream/tail_numbering.h"

#include <doctest/doctest.h>

#include "batch_of.h"

namespace ox {
namespace {

using Numbers = std::vector<std::uint64_t>;
using Types = std::vector<std::uint16_t>;

TEST_CASE("each type counts for itself, from 1") {
  TailNumbering numbering(10);
  TailNumbers numbers;
  numbering.number(*batch_of({{"a", "h"}, {"b", "h"}, {"a", "h"}}), &numbers);
  CHECK(numbers.first == Numbers{1, 1});
  numbering.number(*batch_of({{"b", "h"}, {"a", "h"}}), &numbers);
  CHECK(numbers.first == Numbers{2, 3});
}

TEST_CASE("hosts share the numbers of a type") {
  TailNumbering numbering(10);
  TailNumbers numbers;
  numbering.number(*batch_of({{"a", "h1"}, {"a", "h2"}, {"b", "h1"}}), &numbers);
  CHECK(numbers.type_of_pair == Types{0, 0, 1});
  CHECK(numbers.first == Numbers{1, 1});
  numbering.number(*batch_of({{"a", "h2"}}), &numbers);
  CHECK(numbers.first == Numbers{3});
}

TEST_CASE("what nobody looks at is numbered all the same") {
  TailNumbering numbering(10);
  numbering.number(*batch_of({{"a", "h"}, {"a", "h"}}), nullptr);
  TailNumbers numbers;
  numbering.number(*batch_of({{"a", "h"}}), &numbers);
  CHECK(numbers.first == Numbers{3});
}

TEST_CASE("types beyond the limit have no numbers, known ones keep theirs") {
  TailNumbering numbering(1);
  TailNumbers numbers;
  numbering.number(*batch_of({{"a", "h"}, {"b", "h"}}), &numbers);
  CHECK(numbers.first == Numbers{1, 0});
  numbering.number(*batch_of({{"b", "h"}, {"a", "h"}}), &numbers);
  CHECK(numbers.first == Numbers{0, 2});
}

}  // namespace
}  // namespace ox
