#include "common/ingest/api/upload/upload.h"

#include <mutex>
#include <utility>

namespace ox {
namespace {

// The I/O thread, which reads, and the gate's threads, which tell what became of a chunk, meet
// under the lock; it is let go while a chunk is handed to the gate.
class Upload : public std::enable_shared_from_this<Upload> {
 public:
  Upload(EventGate& gate, std::unique_ptr<UploadItems> items, std::unique_ptr<UploadPolicy> policy,
         HttpReply reply)
      : gate_(gate),
        reply_(std::move(reply)),
        items_(std::move(items)),
        policy_(std::move(policy)) {}

  BodyFlow take(std::string_view piece) {
    Lock lock(mu_);
    if (over_ || finished_) return BodyFlow::kContinue;
    items_->append(piece);
    waits_ = !pump(lock);
    return waits_ ? BodyFlow::kPause : BodyFlow::kContinue;
  }

  void end() {
    Lock lock(mu_);
    items_->end();
    (void)pump(lock);
  }

  void abort() {
    Lock lock(mu_);
    if (!over_) give_up();
    over_ = true;
    reply_ = HttpReply();
  }

 private:
  using Lock = std::unique_lock<std::mutex>;

  // Does what can be done. False when more needs the chunk that is under way to come through.
  bool pump(Lock& lock) {
    while (!over_) {
      const bool whole = finished_ && !given_up_ && !policy_->empty();
      if (sealed_) {
        if (under_way_) return false;
        submit(lock);
      } else if (whole || (!finished_ && policy_->full())) {
        sealed_ = policy_->seal();
        if (!sealed_) give_up();
      } else if (finished_) {
        if (under_way_) return false;
        over_ = true;
        policy_->answer(reply_, items_->single());
      } else if (!take_next()) {
        return true;
      }
    }
    return true;
  }

  // False when there is no item until more of the body is there.
  bool take_next() {
    UploadItem item;
    if (!items_->next(item)) {
      finished_ = items_->ended();
      return finished_;
    }
    switch (policy_->take(item)) {
      case UploadPolicy::Next::kMore:
        break;
      case UploadPolicy::Next::kFinish:
        finished_ = true;
        break;
      case UploadPolicy::Next::kGiveUp:
        give_up();
        break;
    }
    return true;
  }

  void give_up() {
    finished_ = finished_ || !policy_->lists_all();
    given_up_ = true;
    if (sealed_) policy_->drop(*std::exchange(sealed_, nullptr));
    policy_->drop_filling();
  }

  void submit(Lock& lock) {
    under_way_ = true;
    std::shared_ptr<UploadChunk> chunk = std::move(sealed_);
    EventGroup group = std::move(chunk->group);
    lock.unlock();  // the gate may answer at once
    gate_.submit(std::move(group), [self = shared_from_this(), chunk](Delivery delivery) {
      self->delivered(*chunk, delivery);
    });
    lock.lock();
  }

  void delivered(UploadChunk& chunk, Delivery delivery) {
    Lock lock(mu_);
    under_way_ = false;
    if (policy_->delivered(chunk, delivery) == UploadPolicy::Next::kGiveUp && !over_) give_up();
    if (over_) return;
    if (finished_ || items_->ended()) {
      (void)pump(lock);  // of a body that comes, what is left of one piece at most
    } else if (sealed_) {
      submit(lock);
    }
    if (waits_ && !over_) {
      waits_ = false;
      reply_.resume_reading();
    }
  }

  EventGate& gate_;

  std::mutex mu_;  // everything below is guarded by it
  HttpReply reply_;
  const std::unique_ptr<UploadItems> items_;
  const std::unique_ptr<UploadPolicy> policy_;
  std::unique_ptr<UploadChunk> sealed_;  // that waits for the one under way
  bool under_way_ = false;
  bool finished_ = false;  // no item is looked at any more
  bool given_up_ = false;  // nothing is sent any more
  bool waits_ = false;     // the body is paused
  bool over_ = false;      // answered, or nobody waits for an answer any more
};

class UploadBody : public BodyReader {
 public:
  explicit UploadBody(std::shared_ptr<Upload> upload) : upload_(std::move(upload)) {}
  BodyFlow on_data(std::string_view piece) override { return upload_->take(piece); }
  void on_end() override { upload_->end(); }
  void on_abort(BodyAbort) override { upload_->abort(); }

 private:
  std::shared_ptr<Upload> upload_;
};

}  // namespace

std::unique_ptr<BodyReader> read_upload(EventGate& gate, std::unique_ptr<UploadItems> items,
                                        std::unique_ptr<UploadPolicy> policy, HttpReply reply) {
  return std::make_unique<UploadBody>(
      std::make_shared<Upload>(gate, std::move(items), std::move(policy), std::move(reply)));
}

void post_upload(EventGate& gate, std::unique_ptr<UploadItems> items,
                 std::unique_ptr<UploadPolicy> policy, HttpReply reply) {
  std::make_shared<Upload>(gate, std::move(items), std::move(policy), std::move(reply))->end();
}

}  // namespace ox
