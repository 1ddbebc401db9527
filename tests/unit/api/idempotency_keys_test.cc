#include "common/ingest/api/logger/idempotency_keys.h"

#include <doctest/doctest.h>

namespace ox {
namespace {

using Claim = IdempotencyKeys::Claim;

TEST_CASE("a key that was stored gives the id of the first") {
  IdempotencyKeys keys;
  std::string id;
  CHECK(keys.claim("k", 1, id) == Claim::kNew);
  CHECK(id.empty());
  CHECK(keys.claim("k", 1, id) == Claim::kUnderWay);
  keys.settle("k", "id-1", Delivery::kSafe);
  CHECK(keys.claim("k", 1, id) == Claim::kStored);
  CHECK(id == "id-1");
}

TEST_CASE("a key is for one event") {
  IdempotencyKeys keys;
  std::string id;
  CHECK(keys.claim("k", 1, id) == Claim::kNew);
  CHECK(keys.claim("k", 2, id) == Claim::kOther);
  keys.settle("k", "id-1", Delivery::kSafe);
  CHECK(keys.claim("k", 2, id) == Claim::kOther);
}

TEST_CASE("what nobody took may come again as new") {
  IdempotencyKeys keys;
  std::string id;
  for (Delivery delivery : {Delivery::kBusy, Delivery::kUnavailable, Delivery::kRefused}) {
    CHECK(keys.claim("k", 1, id) == Claim::kNew);
    keys.settle("k", "id-1", delivery);
    CHECK(id.empty());
  }
  CHECK(keys.claim("k", 2, id) == Claim::kNew);
}

TEST_CASE("what is in doubt keeps its id until it is stored") {
  IdempotencyKeys keys;
  std::string id;
  CHECK(keys.claim("k", 1, id) == Claim::kNew);
  keys.settle("k", "id-1", Delivery::kInDoubt);
  CHECK(keys.claim("k", 1, id) == Claim::kNew);
  CHECK(id == "id-1");
  CHECK(keys.claim("k", 1, id) == Claim::kUnderWay);
  keys.settle("k", "id-1", Delivery::kUnavailable);
  id.clear();
  CHECK(keys.claim("k", 1, id) == Claim::kNew);
  CHECK(id == "id-1");
  keys.settle("k", "id-1", Delivery::kSafe);
  CHECK(keys.claim("k", 1, id) == Claim::kStored);
}

TEST_CASE("the oldest keys are forgotten, and their memory with them") {
  IdempotencyKeys keys(2);
  std::string id;
  for (const char* key : {"a", "b", "c"}) {
    CHECK(keys.claim(key, 1, id) == Claim::kNew);
    keys.settle(key, key, Delivery::kSafe);
  }
  CHECK(keys.claim("c", 1, id) == Claim::kStored);
  CHECK(keys.claim("b", 1, id) == Claim::kStored);
  CHECK(keys.claim("a", 1, id) == Claim::kNew);
  keys.settle("gone", "x", Delivery::kSafe);
}

}  // namespace
}  // namespace ox
