#include "oxd/collect/collect_stage.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/thread.h"
#include "proto/meta.h"

namespace ox {

static constexpr std::size_t kMessagesPerTurn = 1000;
// At a stop or flush: what has arrived is read, but senders that never pause do not hold us for
// ever.
static constexpr int kLastTurns = 200;
// A longer frame ends its sender's connection, before it takes memory.
static constexpr std::int64_t kMaxFrameBytes = static_cast<std::int64_t>(kMaxBatchBytes) + 1024;

static SocketOptions collect_socket_options() {
  SocketOptions options;
  options.max_message_bytes = kMaxFrameBytes;
  options.receive_hwm = 1000;
  options.ipv6 = true;
  return options;
}

CollectStage::CollectStage(zmq::context_t& context, Intake& intake, Metrics& metrics,
                           const Clock& clock, const CollectOptions& options)
    : intake_(intake),
      options_(options),
      events_(metrics.counter("collect.events")),
      bytes_(metrics.counter("collect.bytes")),
      wrong_frames_(metrics.counter("collect.rejected.frames")),
      wrong_length_(metrics.counter("collect.rejected.length")),
      wrong_version_(metrics.counter("collect.rejected.version")),
      wrong_type_(metrics.counter("collect.rejected.type")),
      too_large_(metrics.counter("collect.rejected.too_large")),
      lost_at_stop_(metrics.counter("collect.dropped.at_stop")),
      limiter_(clock),
      socket_(context, zmq::socket_type::pull, collect_socket_options()),
      sealer_(options.sealing, clock, [this](BatchPtr batch) { hand_over(std::move(batch)); }) {}

CollectStage::~CollectStage() { stop(); }

void CollectStage::start() {
  thread_ = start_thread("collect", [this] {
    watch_ = loop_.watch_socket(socket_.handle(), kReadable, [this] { read_some(); });
    loop_.run();
    read_arrived();
    sealer_.flush();
    socket_.close();
    finished_ = true;
  });
}

void CollectStage::stop() {
  if (!thread_.joinable()) return;
  loop_.stop();
  thread_.join();
}

void CollectStage::flush(std::function<void()> done) {
  loop_.post([this, done = std::move(done)] {
    read_arrived();
    sealer_.flush();
    done();
  });
}

void CollectStage::read_arrived() {
  for (int turn = 0; turn < kLastTurns && read_some(); ++turn) {
  }
}

bool CollectStage::read_some() {
  std::vector<zmq::message_t> frames;
  std::size_t taken = 0;
  while (taken < kMessagesPerTurn && socket_.receive(frames)) {
    take(frames);
    ++taken;
  }
  bool dry = taken < kMessagesPerTurn;
  if (dry) sealer_.input_dry();
  arm_deadline();
  return !dry;
}

void CollectStage::take(std::vector<zmq::message_t>& frames) {
  if (frames.size() != 2) {
    reject(wrong_frames_, "frames", fmt::format("a message of {} frames", frames.size()));
    return;
  }
  Meta meta;
  switch (decode_meta(view(frames[0]), meta)) {
    case MetaError::kNone:
      break;
    case MetaError::kLength:
      reject(wrong_length_, "length", fmt::format("a meta frame of {} bytes", frames[0].size()));
      return;
    case MetaError::kVersion:
      reject(wrong_version_, "version", "a meta frame of another version than 3");
      return;
  }
  if (meta.type.empty()) {
    reject(wrong_type_, "type", fmt::format("an event without a type from {}", meta.host));
    return;
  }
  std::string_view body = view(frames[1]);
  if (body.size() > options_.max_event_bytes) {
    reject(
        too_large_, "too_large",
        fmt::format("an event of {} bytes of type {} from {}", body.size(), meta.type, meta.host));
    return;
  }
  events_.add();
  bytes_.add(body.size());
  sealer_.add(meta.type, meta.host, meta.end, body);
}

void CollectStage::reject(Counter& counter, const char* reason, std::string_view detail) {
  counter.add();
  limiter_.warn(reason, fmt::format("collect: {} is refused", detail));
}

void CollectStage::hand_over(BatchPtr batch) {
  std::uint32_t events = batch->event_count();
  if (intake_.submit({std::move(batch), this, 0, false})) return;
  lost_at_stop_.add(events);
  log_error("collect: {} events were not taken: the spool is full and oxd stops", events);
}

void CollectStage::settled(std::uint64_t, const BatchId&, Settled) {
  loop_.post([this] { sealer_.settled(); });
}

void CollectStage::arm_deadline() {
  auto deadline = sealer_.deadline();
  if (!deadline || deadline_ != 0) return;
  Micros left = std::max(*deadline - Clock::system().mono(), Micros(0));
  deadline_ = loop_.call_after(left, [this] {
    deadline_ = 0;
    sealer_.on_deadline();
    arm_deadline();
  });
}

}  // namespace ox
