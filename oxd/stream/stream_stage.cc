#include "oxd/stream/stream_stage.h"

#include <algorithm>
#include <random>

#include "common/base/thread.h"
#include "proto/tail.h"

namespace ox {

// A burst of a few batches, per subscriber; one that is slower than that loses events.
static constexpr int kSubscriberQueue = 10'000;
static constexpr std::size_t kBorrowFrom = 1024;  // shorter bodies are copied: that is cheaper

static SocketOptions stream_socket_options() {
  SocketOptions options;
  options.max_message_bytes = 1 << 20;  // what comes in are subscriptions
  options.send_hwm = kSubscriberQueue;
  options.receive_hwm = 10'000;
  options.ipv6 = true;
  options.io_thread = 1;  // what many subscribers take must not be taken from collect and link
  return options;
}

StreamStage::StreamStage(zmq::context_t& context, const Uuid& boot_id, Metrics& metrics,
                         const StreamOptions& options)
    : boot_id_(boot_id),
      options_(options),
      dropped_(metrics.counter("stream.dropped_events")),
      stream_(Socket(context, zmq::socket_type::xpub, stream_socket_options())),
      tail_(Socket(context, zmq::socket_type::xpub, stream_socket_options())),
      numbering_(options.max_types),
      queue_(options.queue_bytes) {
  // Every subscription and its end, of each peer, so that we know how many there are.
  for (Channel* channel : {&stream_, &tail_})
    channel->socket.raw().set(zmq::sockopt::xpub_verboser, 1);
}

StreamStage::~StreamStage() { stop(); }

Status StreamStage::bind() {
  std::vector<int> ports;
  for (int port = options_.first_port; port < options_.end_port; ++port) ports.push_back(port);
  std::shuffle(ports.begin(), ports.end(), std::mt19937_64(random_u64()));
  OX_RETURN_IF_ERROR(bind_one(stream_, ports));
  return bind_one(tail_, ports);
}

Status StreamStage::bind_one(Channel& channel, std::vector<int>& ports) {
  Status last(Code::kExists, "the stream range has no free port");
  while (!ports.empty()) {
    auto port = static_cast<std::uint16_t>(ports.back());
    ports.pop_back();
    last = channel.socket.bind(Address::tcp(options_.host, port).endpoint());
    if (last.ok() || last.code() != Code::kExists) return last;
  }
  return last;
}

void StreamStage::start() {
  thread_ = start_thread("stream", [this] {
    for (Channel* channel : {&stream_, &tail_})
      loop_.watch_socket(channel->socket.handle(), kReadable,
                         [this, channel] { on_subscription(*channel); });
    loop_.run();
    send_some();
    for (Channel* channel : {&stream_, &tail_}) {
      channel->socket.raw().set(zmq::sockopt::linger, 200);
      channel->socket.close();
    }
  });
}

void StreamStage::stop() {
  if (!thread_.joinable()) return;
  loop_.stop();
  thread_.join();
}

void StreamStage::on_subscription(Channel& channel) {
  std::vector<zmq::message_t> frames;
  while (channel.socket.receive(frames))
    if (frames.size() == 1) channel.subscriptions.take(view(frames[0]));
  channel.subscribers = channel.subscriptions.count();
}

std::uint64_t StreamStage::subscribers() const {
  return stream_.subscribers.load(std::memory_order_relaxed) +
         tail_.subscribers.load(std::memory_order_relaxed);
}

void StreamStage::publish_stream(const BatchPtr& batch) {
  if (stream_.subscribers.load(std::memory_order_relaxed) == 0) return;
  queue({batch, false, {}, nullptr});
}

void StreamStage::publish_tail(const BatchPtr& batch, std::shared_ptr<const TailPlaces> places) {
  bool wanted = tail_wanted();
  LiveItem item{batch, true, {}, std::move(places)};
  numbering_.number(*batch, wanted ? &item.numbers : nullptr);
  if (wanted) queue(std::move(item));
}

void StreamStage::queue(LiveItem item) {
  const std::uint32_t events = item.batch->event_count();
  switch (queue_.add(std::move(item))) {
    case LiveQueue::Added::kQueued:
      return;
    case LiveQueue::Added::kWake:
      loop_.post([this] { send_soon(); });
      return;
    case LiveQueue::Added::kDropped:
      dropped_.add(events);
      return;
  }
}

void StreamStage::send_soon() {
  const Micros wait = queue_.gather_for(subscribers());
  if (wait == Micros{}) return send_some();
  if (gathering_ == 0) gathering_ = loop_.call_after(wait, [this] { send_some(); });
}

void StreamStage::send_some() {
  if (gathering_ != 0) loop_.cancel(gathering_);
  gathering_ = 0;
  for (LiveItem& item : queue_.take()) send(item);
}

void StreamStage::send(LiveItem& item) {
  Channel& channel = item.tail ? tail_ : stream_;
  const Batch& batch = *item.batch;
  std::vector<bool> wanted;
  bool any = false;
  for (const PairSummary& pair : batch.pairs()) {
    wanted.push_back(channel.subscriptions.match(pair.type));
    any |= wanted.back();
  }
  if (!any) return;
  TailPosition position;
  position.boot_id = boot_id_;
  std::vector<zmq::message_t> frames;
  BatchCursor cursor(batch);
  BatchEvent event;
  for (std::size_t n = 0; cursor.next(event); ++n) {
    std::uint64_t sequence = 0;
    if (item.tail) {
      std::uint64_t& next = item.numbers.first[item.numbers.type_of_pair[event.pair]];
      sequence = next;
      if (next != 0) ++next;
    }
    if (!wanted[event.pair]) continue;
    std::string_view type = batch.pairs()[event.pair].type;
    frames.clear();
    frames.emplace_back(type.data(), type.size());
    if (event.body.size() >= kBorrowFrom) {
      frames.push_back(borrowing_message(item.batch, event.body));
    } else {
      frames.emplace_back(event.body.data(), event.body.size());
    }
    if (item.tail) {
      position.sequence = sequence;
      if (item.places && n < item.places->places.size()) {
        const TailPlaces::Place& place = item.places->places[n];
        position.file = item.places->files[place.file];
        position.file_offset = place.offset;
      }
      std::string encoded = encode_tail_position(position);
      frames.emplace_back(encoded.data(), encoded.size());
    }
    channel.socket.send(frames);  // never blocks; a subscriber that is too slow loses it
  }
}

}  // namespace ox
