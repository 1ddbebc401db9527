#include "common/http/body_pipe.h"

#include <iterator>
#include <utility>

namespace ox {

bool BodyPipe::write(std::string bytes, bool& tell) {
  std::lock_guard lock(mu_);
  tell = false;
  if (gone_ || end_ != End::kOpen) return false;
  if (bytes.empty()) return true;  // an empty chunk would end the body
  bytes_ += bytes.size();
  pieces_.push_back(std::move(bytes));
  tell = !std::exchange(told_, true);
  return true;
}

void BodyPipe::close(bool complete, bool& tell) {
  std::lock_guard lock(mu_);
  tell = false;
  on_change_ = nullptr;
  if (gone_ || end_ != End::kOpen) return;
  end_ = complete ? End::kComplete : End::kCut;
  tell = !std::exchange(told_, true);
}

bool BodyPipe::has_room() const {
  std::lock_guard lock(mu_);
  return has_room_locked();
}

bool BodyPipe::wait_for_room(Micros at_most) const {
  std::unique_lock lock(mu_);
  return room_made_.wait_for(lock, at_most, [this] { return has_room_locked() || draining_; }) &&
         has_room_locked();
}

void BodyPipe::on_change(std::function<void()> f) {
  std::unique_lock lock(mu_);
  on_change_ = std::move(f);
  if (gone_ || draining_) changed(lock);
}

bool BodyPipe::wanted() const {
  std::lock_guard lock(mu_);
  return !gone_;
}

bool BodyPipe::draining() const {
  std::lock_guard lock(mu_);
  return draining_;
}

// With the lock held: the callback is thereby never called after close().
void BodyPipe::changed(std::unique_lock<std::mutex>&) {
  room_made_.notify_all();
  if (on_change_) on_change_();
}

std::vector<std::string> BodyPipe::take(std::size_t at_most, End& end) {
  std::unique_lock lock(mu_);
  const bool had_room = has_room_locked();
  std::size_t n = 0;
  std::size_t bytes = 0;
  while (n < pieces_.size() && bytes < at_most) bytes += pieces_[n++].size();
  const auto last = pieces_.begin() + static_cast<std::ptrdiff_t>(n);
  std::vector<std::string> taken(std::make_move_iterator(pieces_.begin()),
                                 std::make_move_iterator(last));
  pieces_.erase(pieces_.begin(), last);
  bytes_ -= bytes;
  told_ = !pieces_.empty();  // the connection knows of them
  end = pieces_.empty() ? end_ : End::kOpen;
  if (!had_room && has_room_locked()) changed(lock);
  return taken;
}

bool BodyPipe::empty() const {
  std::lock_guard lock(mu_);
  return pieces_.empty();
}

void BodyPipe::set_gone() {
  std::unique_lock lock(mu_);
  if (std::exchange(gone_, true)) return;
  pieces_.clear();
  bytes_ = 0;
  changed(lock);
}

void BodyPipe::set_draining() {
  std::unique_lock lock(mu_);
  if (!std::exchange(draining_, true)) changed(lock);
}

}  // namespace ox
