#include "common/http/output_queue.h"

namespace ox {
namespace {

constexpr std::size_t kJoined = 8u << 10;  // larger bodies are not copied
constexpr std::size_t kChunk = 32u << 10;  // a buffer that has this much is not added to

}  // namespace

std::string& OutputQueue::tail() {
  if (chunks_.size() == first_ || chunks_.back().size() >= kChunk) {
    chunks_.emplace_back();
    chunks_.back().reserve(512);
  }
  tail_size_ = chunks_.back().size();
  return chunks_.back();
}

void OutputQueue::grown() { bytes_ += chunks_.back().size() - tail_size_; }

void OutputQueue::append(std::string bytes) {
  if (bytes.size() <= kJoined) {
    tail().append(bytes);
    grown();
  } else {
    bytes_ += bytes.size();
    chunks_.push_back(std::move(bytes));
  }
}

std::size_t OutputQueue::peek(iovec* vectors, std::size_t n) const {
  std::size_t filled = 0;
  for (std::size_t i = first_; i < chunks_.size() && filled < n; ++i) {
    std::size_t skip = i == first_ ? offset_ : 0;
    const std::string& chunk = chunks_[i];
    if (chunk.size() == skip) continue;
    // iovec's member predates const; it is only read.
    vectors[filled++] = {const_cast<char*>(chunk.data()) + skip, chunk.size() - skip};
  }
  return filled;
}

void OutputQueue::consume(std::size_t n) {
  bytes_ -= n;
  if (bytes_ == 0) return clear();
  while (n > 0) {
    std::size_t left = chunks_[first_].size() - offset_;
    if (n < left) {
      offset_ += n;
      return;
    }
    n -= left;
    chunks_[first_] = std::string();
    offset_ = 0;
    ++first_;
  }
}

void OutputQueue::clear() {
  chunks_.clear();
  first_ = offset_ = bytes_ = tail_size_ = 0;
}

}  // namespace ox
