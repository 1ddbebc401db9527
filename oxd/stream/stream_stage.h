#pragma once
// The live streams: "stream", [type][body], as BlueOx has it; and "tail", with a third frame that
// tells the reader of gaps and of the place in the log files.
//
// Nothing is copied when nobody subscribes. A queue of bounded size (live_queue.h) is between those who feed
// the streams and the sockets: when it is full, events are dropped and counted, never waited for.
// Threading: a thread of its own from start() to stop(). publish_stream() and publish_tail() each
// from
//            one thread at a time; the figures from any.
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/address.h"
#include "common/base/event_loop.h"
#include "common/base/metrics.h"
#include "common/base/socket.h"
#include "common/base/uuid.h"
#include "oxd/stream/live_queue.h"
#include "oxd/stream/subscriptions.h"
#include "oxd/stream/tail_numbering.h"
#include "oxd/tail_feed.h"
#include "proto/batch.h"

namespace ox {

struct StreamOptions {
  std::string host = "127.0.0.1";  // "*" is every interface
  int first_port = 35000;
  int end_port = 36000;  // not included
  std::uint64_t queue_bytes = 64 << 20;
  std::size_t max_types = 100'000;  // that are numbered on the tail
};

class StreamStage : public TailFeed {
 public:
  StreamStage(zmq::context_t& context, const Uuid& boot_id, Metrics& metrics,
              const StreamOptions& options);
  ~StreamStage() override;

  // Takes two free ports of the range, at random. Error: kExists when there are none.
  Status bind();
  std::uint16_t stream_port() const { return stream_.socket.last_port(); }
  std::uint16_t tail_port() const { return tail_.socket.last_port(); }

  void start();
  // Shows what is queued, and ends.
  void stop();

  void publish_stream(const BatchPtr& batch);
  void publish_tail(const BatchPtr& batch, std::shared_ptr<const TailPlaces> places) override;
  bool tail_wanted() const override {
    return tail_.subscribers.load(std::memory_order_relaxed) > 0;
  }

  std::uint64_t subscribers() const;
  std::uint64_t dropped_events() const { return dropped_.value(); }

 private:
  struct Channel {
    explicit Channel(Socket s) : socket(std::move(s)) {}
    Socket socket;
    Subscriptions subscriptions;
    std::atomic<std::uint64_t> subscribers{0};
  };

  Status bind_one(Channel& channel, std::vector<int>& ports);
  void queue(LiveItem item);
  void on_subscription(Channel& channel);
  void send_soon();
  void send_some();
  void send(LiveItem& item);

  const Uuid boot_id_;
  const StreamOptions options_;
  Counter& dropped_;
  EventLoop loop_;
  Channel stream_;
  Channel tail_;
  TailNumbering numbering_;  // owned by the thread that publishes the tail
  LiveQueue queue_;
  EventLoop::Id gathering_ = 0;  // the timer that ends it; 0: none. Owned by the thread of the loop
  std::thread thread_;
};

}  // namespace ox
