#include "common/spool/parked_submissions.h"

#include <utility>

namespace ox {

void ParkedSubmissions::push(Submission submission) {
  if (submission.acknowledged) {
    auto [first, is_new] = acknowledged_.try_emplace(submission.batch->id(), submission.batch);
    if (!is_new) submission.batch = first->second;
  } else {
    blocked_bytes_ += submission.batch->bytes().size();
  }
  events_ += submission.batch->event_count();
  waiting_.push_back(std::move(submission));
}

void ParkedSubmissions::pop_front() {
  const Submission& first = waiting_.front();
  if (first.acknowledged) acknowledged_.erase(first.batch->id());
  count_out(first);
  waiting_.pop_front();
}

std::vector<Submission> ParkedSubmissions::take_unacknowledged() {
  std::vector<Submission> taken;
  std::deque<Submission> kept;
  for (Submission& submission : waiting_) {
    if (submission.acknowledged) {
      kept.push_back(std::move(submission));
    } else {
      count_out(submission);
      taken.push_back(std::move(submission));
    }
  }
  waiting_.swap(kept);
  return taken;
}

void ParkedSubmissions::count_out(const Submission& submission) {
  events_ -= submission.batch->event_count();
  if (!submission.acknowledged) blocked_bytes_ -= submission.batch->bytes().size();
}

}  // namespace ox
