#include "common/spool/parked_submissions.h"

#include <utility>

#include <doctest/doctest.h>

#include "tests/unit/spool/batches.h"

namespace ox {
namespace {

Submission acknowledged(BatchPtr batch) { return {std::move(batch), nullptr, 0, true}; }
Submission sealed_here(BatchPtr batch) { return {std::move(batch), nullptr, 0, false}; }

Seqs drain(ParkedSubmissions& parked) {
  Seqs seqs;
  for (; !parked.empty(); parked.pop_front()) seqs.push_back(parked.front().batch->id().seq);
  return seqs;
}

TEST_CASE("what waits leaves in the order in which it came") {
  ParkedSubmissions parked;
  parked.push(sealed_here(make_batch(3)));
  parked.push(acknowledged(make_batch(1)));
  parked.push(sealed_here(make_batch(2)));
  CHECK(drain(parked) == Seqs{3, 1, 2});
}

TEST_CASE("all events that wait are counted, and the bytes of those that nobody else keeps") {
  ParkedSubmissions parked;
  const BatchPtr ours = make_batch(1, 5);
  parked.push(sealed_here(ours));
  parked.push(acknowledged(make_batch(2, 7)));
  CHECK(parked.events() == 12);
  CHECK(parked.blocked_bytes() == ours->bytes().size());
  parked.pop_front();
  CHECK(parked.events() == 7);
  CHECK(parked.blocked_bytes() == 0);
  parked.pop_front();
  CHECK(parked.events() == 0);
}

TEST_CASE(
    "the bytes of a batch that a peer sends again are held once, as long as the first waits") {
  ParkedSubmissions parked;
  const BatchPtr first = make_batch(1);
  parked.push(acknowledged(first));
  parked.push(acknowledged(make_batch(1)));
  parked.pop_front();
  CHECK(parked.front().batch == first);
  const BatchPtr later = make_batch(1);
  parked.push(acknowledged(later));
  parked.pop_front();
  CHECK(parked.front().batch == later);
}

TEST_CASE("two batches sealed here are never taken for one") {
  ParkedSubmissions parked;
  parked.push(sealed_here(make_batch(1)));
  const BatchPtr other = make_batch(1);
  parked.push(sealed_here(other));
  parked.pop_front();
  CHECK(parked.front().batch == other);
}

TEST_CASE("what nobody else keeps is taken out, and what a peer keeps goes on to wait") {
  ParkedSubmissions parked;
  parked.push(sealed_here(make_batch(1, 2)));
  parked.push(acknowledged(make_batch(2, 3)));
  parked.push(sealed_here(make_batch(3, 4)));
  parked.push(acknowledged(make_batch(4, 5)));
  Seqs taken;
  for (const Submission& submission : parked.take_unacknowledged())
    taken.push_back(submission.batch->id().seq);
  CHECK(taken == Seqs{1, 3});
  CHECK(parked.events() == 8);
  CHECK(parked.blocked_bytes() == 0);
  CHECK(drain(parked) == Seqs{2, 4});
}

}  // namespace
}  // namespace ox
