// What the intake does with batches it has seen: copies among a million, other bytes under a known
// identity, and batches that the next node refuses.
#include <random>

#include <doctest/doctest.h>

#include "tests/unit/spool/intake_fixture.h"

namespace ox {
namespace {

// A peer that is told when a batch is refused.
class RefusedWitness final : public BatchGiver {
 public:
  void settled(std::uint64_t, const BatchId&, Settled how) override {
    std::lock_guard lock(mu_);
    settled_ += how == Settled::kSafe ? 's' : 'd';
  }
  void refused(std::uint64_t token, const BatchId& id, const Refusal& why) override {
    std::lock_guard lock(mu_);
    settled_ += 'r';
    told_.push_back(std::to_string(token) + ":" + std::to_string(id.seq) + ":" +
                    std::string(reject_reason_name(why.reason)) + ":" + why.detail);
  }
  std::string settled() const {
    std::lock_guard lock(mu_);
    return settled_;
  }
  std::vector<std::string> told() const {
    std::lock_guard lock(mu_);
    return told_;
  }

 private:
  mutable std::mutex mu_;
  std::string settled_;
  std::vector<std::string> told_;
};

struct CopiesFixture : IntakeFixture {
  ~CopiesFixture() { stop(); }  // it may still tell the peer

  bool give_as(BatchPtr batch, std::uint64_t token = 7) {
    return intake->submit({std::move(batch), &peer, token, true});
  }
  bool settled(const std::string& how) {
    return witness.wait_until([&] { return peer.settled() == how; });
  }
  BatchPtr other_bytes(std::uint64_t seq) { return make_batch(seq, 2); }

  RefusedWitness peer;
  DeadLetters letters{disk, "/letters"};
};

// Rule: identity-conflict
TEST_CASE_FIXTURE(CopiesFixture, "other bytes under a known identity become a dead letter") {
  intake_options.dead_letters = &letters;
  start();
  REQUIRE(give_as(make_batch(1)));
  REQUIRE(settled("s"));
  REQUIRE(give_as(other_bytes(1)));
  REQUIRE(settled("ss"));
  CHECK(count("intake.conflicting_batches") == 1);
  CHECK(count("intake.duplicate_batches") == 0);
  CHECK(witness.taken() == Seqs{1});
  auto names = disk.names("/letters");
  REQUIRE(names.size() == 1);
  CHECK(disk.content("/letters/" + names[0]) == other_bytes(1)->bytes());
  // The same bytes are an ordinary copy.
  REQUIRE(give_as(make_batch(1)));
  REQUIRE(settled("sss"));
  CHECK(count("intake.duplicate_batches") == 1);
}

// Rule: identity-conflict
TEST_CASE_FIXTURE(CopiesFixture, "without a place for dead letters they are refused as such") {
  SUBCASE("because there is none") {}
  SUBCASE("because it cannot be written") {
    intake_options.dead_letters = &letters;
    disk.inject({.path_part = "/letters", .times = SimulatedDisk::kForever});
  }
  start();
  REQUIRE(give_as(make_batch(1)));
  REQUIRE(settled("s"));
  REQUIRE(give_as(other_bytes(1), 9));
  REQUIRE(settled("sr"));
  CHECK(peer.told() == std::vector<std::string>{"9:1:identity_conflict:its identity is known"});
  CHECK(witness.taken() == Seqs{1});
}

// Rule: identity-conflict
TEST_CASE_FIXTURE(CopiesFixture, "after a restart the checksums behind the checkpoint are known") {
  start();
  REQUIRE(give_as(make_batch(1)));
  REQUIRE(settled("s"));
  restart_node(SimulatedDisk::Keep::kNothing);
  REQUIRE(give_as(other_bytes(1)));
  REQUIRE(settled("sr"));
}

TEST_CASE_FIXTURE(CopiesFixture, "checksums are remembered for the newest batches") {
  intake_options.conflict_window = 2;
  start();
  for (std::uint64_t seq = 1; seq <= 3; ++seq) REQUIRE(give_as(make_batch(seq)));
  REQUIRE(settled("sss"));
  REQUIRE(give_as(other_bytes(1)));  // as good as a copy by now
  REQUIRE(settled("ssss"));
  REQUIRE(give_as(other_bytes(2)));
  REQUIRE(settled("ssssr"));
}

struct RelayFixture : CopiesFixture {
  RelayFixture() {
    options.path = "";
    options.memory_limit = 1 << 20;
    open();
    add("out");
    start();
  }
};

// Rule: poison-passes
TEST_CASE_FIXTURE(RelayFixture,
                  "what the next node refuses is refused to everyone who waits for it") {
  REQUIRE(give_as(make_batch(1), 1));
  REQUIRE(give_as(make_batch(1), 2));
  REQUIRE(give_as(make_batch(2), 3));
  REQUIRE(witness.wait_until([&] { return witness.taken() == range(1, 2); }));
  CHECK(intake->refuse({test_run(), 1}, {RejectReason::kMalformed, "bad"}));
  CHECK(peer.told() == std::vector<std::string>{"1:1:malformed:bad", "2:1:malformed:bad"});
  drain(*cursors["out"]);
  REQUIRE(settled("rrs"));
}

// Rule: dedup-failed
TEST_CASE_FIXTURE(RelayFixture, "a batch that was refused may come again") {
  REQUIRE(give_as(make_batch(1)));
  REQUIRE(witness.wait_until([&] { return witness.taken() == Seqs{1}; }));
  REQUIRE(intake->refuse({test_run(), 1}, {RejectReason::kMalformed, "bad"}));
  drain(*cursors["out"]);
  REQUIRE(give_as(other_bytes(1)));
  REQUIRE(witness.wait_until([&] { return witness.taken() == Seqs{1, 1}; }));
  drain(*cursors["out"]);
  REQUIRE(settled("rs"));
}

TEST_CASE_FIXTURE(RelayFixture, "nobody is told of what is safe, sealed here, or unknown") {
  REQUIRE(give_as(make_batch(1)));
  REQUIRE(give_unkept(2));
  REQUIRE(witness.wait_until([&] { return witness.taken() == range(1, 2); }));
  CHECK_FALSE(intake->refuse({test_run(), 2}, {RejectReason::kMalformed, "bad"}));
  drain(*cursors["out"]);
  REQUIRE(settled("s"));
  CHECK_FALSE(intake->refuse({test_run(), 1}, {RejectReason::kMalformed, "bad"}));
  CHECK_FALSE(intake->refuse({test_run(), 99}, {RejectReason::kMalformed, "bad"}));
  intake->stop();
  CHECK_FALSE(intake->refuse({test_run(), 1}, {RejectReason::kMalformed, "bad"}));
}

// Rules: dedup-pending, dedup-committed, dedup-gaps
TEST_CASE_FIXTURE(RelayFixture,
                  "of a million batches, many twice and many out of order, each is "
                  "taken once") {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  constexpr std::uint64_t kBatches = 100'000;
#else
  constexpr std::uint64_t kBatches = 1'000'000;
#endif
  const std::uint64_t seed = test_seed(11);
  INFO("seed ", seed);
  std::mt19937_64 random(seed);
  std::vector<std::uint64_t> order;
  for (std::uint64_t seq = 1; seq <= kBatches; ++seq) {
    order.push_back(seq);
    if (random() % 10 == 0) order.push_back(1 + random() % seq);  // again, sooner or later
  }
  for (std::size_t i = 0; i + 20 < order.size(); ++i)
    if (random() % 20 == 0) std::swap(order[i], order[i + 1 + random() % 19]);

  std::vector<std::uint8_t> read(kBatches + 1);
  std::uint64_t total = 0;
  auto read_what_is_there = [&] {
    for (std::uint64_t seq : drain(*cursors["out"])) {
      ++read[seq];
      ++total;
    }
  };
  for (std::size_t i = 0; i < order.size(); ++i) {
    REQUIRE(give_as(make_batch(order[i])));
    if (i % 100 == 0) read_what_is_there();
  }
  REQUIRE(witness.wait_until([&] {
    read_what_is_there();
    return peer.settled().size() == order.size();
  }));
  CHECK(total == kBatches);
  CHECK(std::count(read.begin() + 1, read.end(), 1) == static_cast<std::ptrdiff_t>(kBatches));
  CHECK(count("intake.duplicate_batches") == order.size() - kBatches);
  CHECK(peer.settled().find_first_not_of('s') == std::string::npos);
}

}  // namespace
}  // namespace ox
