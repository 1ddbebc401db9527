#include "proto/batch.h"

#include <cmath>
#include <random>
#include <set>

#include <doctest/doctest.h>

#include "common/base/bytes.h"
#include "common/base/crc32c.h"
#include "tests/unit/proto/vectors.h"

namespace ox {
namespace {

BatchPtr open(const std::string& bytes, BatchError& error, std::string* detail = nullptr) {
  auto owner = std::make_shared<std::string>(bytes);
  return Batch::open(owner, *owner, error, detail);
}

BatchPtr small_batch() {
  BatchBuilder builder(1 << 18);
  builder.add("request.db", "web-1", 1500000000.25, "\x81\xa1k\x01");
  builder.add("t", "", 2, "");
  return builder.seal({Uuid::random(), 1}, Seconds(1'500'000'000));
}

}  // namespace

TEST_CASE("batches of the golden vectors are opened, and the good ones sealed alike") {
  for (const VectorCase& v : read_vectors("batch.txt")) {
    CAPTURE(v.label());
    std::string bytes = v.text("batch");
    BatchError error = BatchError::kNone;
    std::string detail;
    BatchPtr batch = open(bytes, error, &detail);
    if (v.has("error")) {
      CHECK(batch == nullptr);
      CHECK(batch_error_name(error) == v.text("error"));
      CHECK_FALSE(detail.empty());
      continue;
    }
    REQUIRE(batch != nullptr);
    CHECK(error == BatchError::kNone);
    CHECK(batch->id().run == v.uuid("run"));
    CHECK(batch->id().seq == v.uint("seq"));
    CHECK(static_cast<std::uint64_t>(batch->header().sealed_at.count()) == v.uint("sealed_at_us"));
    CHECK(batch->event_count() == v.uint("count"));
    CHECK(batch->bytes() == bytes);

    auto types = v.all("type");
    auto hosts = v.all("host");
    auto ends = v.all("end");
    auto bodies = v.all("body");
    BatchBuilder builder(1 << 18);
    BatchCursor cursor(*batch);
    BatchEvent event;
    std::size_t i = 0;
    for (; cursor.next(event); ++i) {
      REQUIRE(i < bodies.size());
      CHECK(batch->pairs()[event.pair].type == types[i]);
      CHECK(batch->pairs()[event.pair].host == hosts[i]);
      CHECK(event.end == std::stod(ends[i]));
      CHECK(event.body == bodies[i]);
      builder.add(types[i], hosts[i], event.end, event.body);
    }
    CHECK(i == bodies.size());
    if (i > 0 && !v.has("decode_only"))
      CHECK(builder.seal(batch->id(), batch->header().sealed_at)->bytes() == bytes);
  }
}

TEST_CASE("a sealed batch opens with the same summaries") {
  for (int events : {1, 2, 100, 5000}) {
    CAPTURE(events);
    BatchBuilder builder(1 << 18);
    CHECK(builder.empty());
    CHECK(builder.bytes() == 0);
    for (int i = 0; i < events; ++i) {
      std::string type = "type." + std::to_string(i % 7);
      builder.add(type, "host-" + std::to_string(i % 3), i,
                  std::string(static_cast<std::size_t>(i % 50), 'x'));
    }
    std::size_t announced = builder.bytes();
    BatchPtr sealed = builder.seal({Uuid::random(), 9}, Seconds(7));
    CHECK(builder.empty());
    CHECK(sealed->bytes().size() == announced);
    BatchError error = BatchError::kNone;
    BatchPtr opened = open(std::string(sealed->bytes()), error);
    REQUIRE(opened != nullptr);
    CHECK(opened->id() == sealed->id());
    CHECK(opened->body_bytes() == sealed->body_bytes());
    REQUIRE(opened->pairs().size() == sealed->pairs().size());
    for (std::size_t i = 0; i < opened->pairs().size(); ++i) {
      const PairSummary& a = opened->pairs()[i];
      const PairSummary& b = sealed->pairs()[i];
      CHECK(a.type == b.type);
      CHECK(a.host == b.host);
      CHECK(a.count == b.count);
      CHECK(a.body_bytes == b.body_bytes);
      CHECK(a.last_end == b.last_end);
    }
    BatchCursor cursor(*sealed);
    BatchEvent event;
    int seen = 0;
    for (; cursor.next(event); ++seen) CHECK(event.end == seen);
    CHECK(seen == events);
  }
}

TEST_CASE("every flipped bit of a batch is found") {
  std::string bytes(small_batch()->bytes());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    BatchError error = BatchError::kNone;
    CHECK(open(bytes, error) == nullptr);
    CHECK(error != BatchError::kNone);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  }
  BatchError error = BatchError::kNone;
  CHECK(open(bytes, error) != nullptr);
}

TEST_CASE("a batch cut at any byte is corrupt") {
  std::string bytes(small_batch()->bytes());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    BatchError error = BatchError::kNone;
    CHECK(open(bytes.substr(0, size), error) == nullptr);
    CHECK(error == BatchError::kCorrupt);
  }
}

TEST_CASE("structure behind right CRCs is checked at every cut") {
  // The payload is cut and both CRCs made right again, as a peer with a broken sealer would send
  // it.
  std::string whole(small_batch()->bytes());
  for (std::size_t size = kBatchHeaderSize; size < whole.size(); ++size) {
    std::string bytes = whole.substr(0, size);
    auto length = static_cast<std::uint32_t>(size - kBatchHeaderSize);
    store_le(bytes.data() + 48, length);
    store_le(bytes.data() + 52, length);
    store_le(bytes.data() + 56, crc32c(std::string_view(bytes).substr(kBatchHeaderSize)));
    store_le(bytes.data() + 4, crc32c(std::string_view(bytes).substr(8, kBatchHeaderSize - 8)));
    BatchError error = BatchError::kNone;
    CHECK(open(bytes, error) == nullptr);
    CHECK(error == BatchError::kMalformed);
  }
}

TEST_CASE("the largest event fits into a batch of its own, a larger one does not") {
  std::string type(kMaxNameBytes, 't');
  std::string host(kMaxNameBytes, 'h');
  BatchBuilder builder(1 << 18);
  CHECK(builder.fits(type, host, kMaxEventBytes));
  CHECK_FALSE(builder.fits(type, host, kMaxEventBytes + 1));
  CHECK_FALSE(builder.fits(type + "t", host, 1));
  CHECK_FALSE(builder.fits(type, host + "h", 1));
  CHECK_FALSE(builder.fits("", host, 1));
  builder.add(type, host, 1, std::string(kMaxEventBytes, 'x'));
  CHECK(builder.full());
  CHECK_FALSE(builder.fits(type, host, 4096));
  BatchPtr batch = builder.seal({Uuid::random(), 1}, Seconds(1));
  CHECK(batch->bytes().size() <= kMaxBatchBytes);
  BatchError error = BatchError::kNone;
  CHECK(Batch::open(batch, batch->bytes(), error) != nullptr);
}

TEST_CASE("bytes over the protocol's maximum are refused whatever they say") {
  BatchError error = BatchError::kNone;
  CHECK(open(std::string(kMaxBatchBytes + 1, '\0'), error) == nullptr);
  CHECK(error == BatchError::kTooLarge);
}

TEST_CASE("the pair table takes 65535 pairs and no more") {
  BatchBuilder builder(kMaxBatchBytes);
  for (int i = 0; i < 65535; ++i) {
    std::string type = std::to_string(i);
    REQUIRE(builder.fits(type, "h", 0));
    builder.add(type, "h", i, "");
  }
  CHECK_FALSE(builder.fits("one more", "h", 0));
  BatchPtr sealed = builder.seal({Uuid::random(), 1}, Seconds(1));
  BatchError error = BatchError::kNone;
  BatchPtr opened = open(std::string(sealed->bytes()), error);
  REQUIRE(opened != nullptr);
  CHECK(opened->pairs().size() == 65535);
  CHECK(opened->pairs().back().type == "65534");
  CHECK(builder.fits("one more", "h", 0));  // in the next batch
}

TEST_CASE("types and hosts that run together are different pairs") {
  BatchBuilder builder(1 << 18);
  builder.add("ab", "c", 1, "x");
  builder.add("a", "bc", 2, "y");
  builder.add("ab", "c", 3, "z");
  BatchPtr batch = builder.seal({Uuid::random(), 1}, Seconds(1));
  REQUIRE(batch->pairs().size() == 2);
  CHECK(batch->pairs()[0].count == 2);
  CHECK(batch->pairs()[0].last_end == 3);
  CHECK(batch->pairs()[1].type == "a");
}

TEST_CASE(
    "every event names its own pair, in whatever order pairs come, and each is in the table once") {
  std::mt19937 random(3);
  for (unsigned pairs : {1u, 2u, 5u, 8u, 9u, 40u}) {
    CAPTURE(pairs);
    BatchBuilder builder(1 << 18);
    std::vector<std::string> types;
    std::set<std::string> different;
    for (unsigned i = 0; i < 500; ++i) {
      // In turn at first, then by chance.
      types.push_back(std::to_string(i < 100 ? i % pairs : random() % pairs));
      different.insert(types.back());
      builder.add(types.back(), "host", 0, "");
    }
    BatchPtr batch = builder.seal({Uuid::random(), 1}, Seconds(1));
    CHECK(batch->pairs().size() == different.size());
    BatchCursor cursor(*batch);
    BatchEvent event;
    for (const std::string& type : types) {
      REQUIRE(cursor.next(event));
      CHECK(batch->pairs()[event.pair].type == type);
    }
  }
}

TEST_CASE("an end that is no number passes through") {
  BatchBuilder builder(1 << 18);
  builder.add("t", "h", std::nan(""), "x");
  BatchPtr sealed = builder.seal({Uuid::random(), 1}, Seconds(1));
  BatchError error = BatchError::kNone;
  BatchPtr batch = open(std::string(sealed->bytes()), error);
  REQUIRE(batch != nullptr);
  BatchCursor cursor(*batch);
  BatchEvent event;
  REQUIRE(cursor.next(event));
  CHECK(std::isnan(event.end));
}

TEST_CASE("a batch keeps its bytes alive, and a builder can go on at once") {
  BatchBuilder builder(64);
  BatchPtr kept;
  for (std::uint64_t seq = 1; seq <= 100; ++seq) {
    do {
      builder.add("t", "h", static_cast<double>(seq), "body");
    } while (!builder.full());
    BatchPtr batch = builder.seal({Uuid{}, seq}, Seconds(1));
    if (seq == 50) kept = batch;
  }
  BatchError error = BatchError::kNone;
  CHECK(open(std::string(kept->bytes()), error) != nullptr);
  CHECK(kept->id().seq == 50);
}

TEST_CASE("small and full batches of one builder, in any order, each hold what was added to them") {
  std::mt19937 random(5);
  BatchBuilder builder(256 << 10);
  std::vector<BatchPtr> sealed;
  std::vector<std::vector<std::string>> added;
  for (std::uint64_t seq = 1; seq <= 60; ++seq) {
    const std::size_t wanted = std::vector<std::size_t>{1, 50, 5000}[random() % 3];
    added.emplace_back();
    while (added.back().size() < wanted && !builder.full()) {
      added.back().push_back(std::to_string(seq) + std::string(random() % 400, 'x'));
      builder.add("t", "h", 1, added.back().back());
    }
    sealed.push_back(builder.seal({Uuid{}, seq}, Seconds(1)));
  }
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    BatchError error = BatchError::kNone;
    const BatchPtr batch = open(std::string(sealed[i]->bytes()), error);
    REQUIRE(batch != nullptr);
    BatchCursor cursor(*batch);
    BatchEvent event;
    std::vector<std::string> found;
    while (cursor.next(event)) found.emplace_back(event.body);
    CHECK(found == added[i]);
  }
}

}  // namespace ox
