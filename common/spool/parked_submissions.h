#pragma once
// Submissions that found no room in the spool, in the order in which they came.
//
// Threading: one thread, the intake's.
// Memory:    a peer that connects again sends what waits here once more: the bytes of a batch that an
//            acknowledging peer gave are held once, however often it comes.
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "common/spool/submission.h"

namespace ox {

class ParkedSubmissions {
 public:
  bool empty() const { return waiting_.empty(); }
  const Submission& front() const { return waiting_.front(); }
  void push(Submission submission);
  void pop_front();
  // Takes out all that nobody else keeps, oldest first.
  std::vector<Submission> take_unacknowledged();

  std::uint64_t events() const { return events_; }
  // Of givers that can be blocked.
  std::uint64_t blocked_bytes() const { return blocked_bytes_; }

 private:
  void count_out(const Submission& submission);

  std::deque<Submission> waiting_;
  std::uint64_t events_ = 0;
  std::uint64_t blocked_bytes_ = 0;
  std::unordered_map<BatchId, BatchPtr, BatchIdHash> acknowledged_;  // of acknowledging peers
};

}  // namespace ox
