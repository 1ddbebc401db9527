#include "common/ingest/fluent/forward_session.h"

#include <utility>

#include <fmt/format.h>

#include "common/http/auth/digest.h"
#include "common/ingest/model/pack.h"
#include "proto/event_view.h"
#include "proto/json.h"

namespace ox {
namespace {

constexpr std::uint64_t kForwardBatchBytes = 256 << 10;
// What nobody waits for goes by the outlet; unless it is so large that the engine's way of holding
// a connection up is needed.
constexpr std::size_t kLargeMessage = 1 << 20;
// Of somebody who has not proved anything yet.
constexpr std::size_t kMaxPing = 64 << 10;
constexpr std::size_t kMaxPingDepth = 4;
constexpr std::size_t kHandshakeBytes = 16;
// [tag, entries, [[time, metadata], record]]: what is around a record.
constexpr std::size_t kMessageDepth = kMaxForeignDepth + 4;
constexpr std::size_t kMaxJsonDocument = 16 << 20;

}  // namespace

ForwardShared::ForwardShared(ForwardOptions what, EventOutlet& way_out, Metrics& metrics,
                             const Clock& time)
    : options(std::move(what)),
      outlet(way_out),
      clock(time),
      events(options.events),
      stored(metrics.counter("stream.fluent.events")),
      rejected(metrics.counter("stream.fluent.rejected")),
      acks(metrics.counter("stream.fluent.acks")),
      duplicates(metrics.counter("stream.fluent.duplicates")),
      denied(metrics.counter("stream.fluent.denied")) {}

ForwardProtocol::ForwardProtocol(ForwardOptions options, EventOutlet& outlet, Metrics& metrics)
    : shared_(std::make_shared<ForwardShared>(std::move(options), outlet, metrics)) {}

std::unique_ptr<StreamSession> ForwardProtocol::open(StreamConnection& connection) {
  return std::make_unique<ForwardSession>(connection, shared_);
}

// Each part of the chunk's events holds one of `pending`, and so does the walk over its entries.
struct ForwardSession::Outcome {
  Outcome(std::shared_ptr<ForwardShared> of, std::string name, std::string identity,
          std::weak_ptr<ForwardSession*> who)
      : shared(std::move(of)),
        chunk(std::move(name)),
        key(std::move(identity)),
        session(std::move(who)) {}

  void settled(bool safe) {
    all_safe = all_safe && safe;
    if (--pending > 0) return;
    if (auto alive = session.lock(); alive && all_safe) (*alive)->acknowledge(chunk);
    shared->chunks.settle(key, all_safe);
  }

  const std::shared_ptr<ForwardShared> shared;
  const std::string chunk;  // MessagePack, as it came
  const std::string key;
  const std::weak_ptr<ForwardSession*> session;
  std::size_t pending = 1;
  bool all_safe = true;
};

ForwardSession::ForwardSession(StreamConnection& connection, std::shared_ptr<ForwardShared> shared)
    : connection_(connection),
      shared_(std::move(shared)),
      self_(std::make_shared<ForwardSession*>(this)) {
  if (!shared_->options.security.required()) {
    framer_.emplace(kMessageDepth, shared_->options.max_message);
    return;
  }
  framer_.emplace(kMaxPingDepth, kMaxPing);
  handshake_.emplace(shared_->options.security, random_bytes(kHandshakeBytes),
                     random_bytes(kHandshakeBytes));
  connection_.send(handshake_->helo());
}

ForwardSession::~ForwardSession() {
  // A chunk that was not read to its end is new when it comes again.
  if (current_ && current_->outcome) current_->outcome->settled(false);
  for (const auto& outcome : batch_.outcomes) outcome->settled(false);
}

std::string ForwardSession::text_of(const std::string& why) const {
  return fmt::format("{}: {}: {}", shared_->options.option, connection_.peer().address, why);
}

void ForwardSession::reject(const std::string& why) {
  shared_->rejected.add();
  shared_->limiter.warn("rejected", text_of(why));
}

void ForwardSession::give_up(const std::string& why) {
  reject(why + "; the connection is closed");
  current_.reset();
  submit();
  ended_ = true;
  connection_.abort();
}

std::size_t ForwardSession::consume(std::string_view bytes) {
  wanted_ = 0;
  now_ = to_seconds(shared_->clock.wall());
  if (!std::exchange(begun_, true) && !handshake_ &&
      (bytes.starts_with('{') || bytes.starts_with('[')))
    json_.emplace(shared_->json, kMaxJsonDocument);
  if (json_) {
    consume_json(bytes);
    return bytes.size();
  }
  std::size_t at = 0;
  if (current_) {
    const char* base = std::exchange(current_->base, bytes.data());
    current_->entries.moved(base, bytes.data());
    if (!go_on(true)) return 0;
    if (ended_) return bytes.size();
    at = framer_->size();
  }
  while (true) {
    const std::string_view rest = bytes.substr(at);
    const PackedFramer::Answer answer = framer_->look(rest);
    if (answer == PackedFramer::Answer::kMore) {
      wanted_ = framer_->wanted();
      return at;
    }
    if (answer == PackedFramer::Answer::kBroken) {
      give_up(framer_->status().message());
      return bytes.size();
    }
    const std::size_t size = framer_->size();
    if (!begin(RawValue(rest.substr(0, size)), true)) return at;
    if (ended_) return bytes.size();
    at += size;
    if (at < bytes.size() && connection_.full()) return at;
  }
}

void ForwardSession::take_ping(RawValue ping) {
  const ForwardHandshake::Answer answer = handshake_->answer(ping);
  connection_.send(answer.pong);
  if (!answer.accepted) {
    shared_->denied.add();
    shared_->limiter.warn("denied", text_of(answer.reason));
    ended_ = true;
    connection_.end();
    return;
  }
  handshake_.reset();
  framer_.emplace(kMessageDepth, shared_->options.max_message);
}

bool ForwardSession::begin(RawValue value, bool may_wait) {
  if (handshake_) {
    take_ping(value);
    return true;
  }
  if (value.is_nil()) return true;  // a heartbeat
  auto message = ForwardMessage::parse(value);
  if (!message.ok()) {
    if (message.status().code() == Code::kUnsupported) {
      give_up(message.status().message());
    } else {
      reject(message.status().message());
    }
    return true;
  }
  std::shared_ptr<Outcome> outcome;
  if (message->chunk.valid()) {
    bool taken = false;
    outcome = expect_ack(message->chunk, *message, taken);
    if (taken) return true;
  }
  const bool by_outlet = !outcome && value.bytes().size() < kLargeMessage &&
                         message->compression == ForwardMessage::Compression::kNone;
  current_.emplace(Current{value.bytes().data(), std::string(message->tag),
                           ForwardEntries(*message, shared_->options.limits), std::move(outcome),
                           by_outlet});
  return go_on(may_wait);
}

// taken: its events need not be looked at.
std::shared_ptr<ForwardSession::Outcome> ForwardSession::expect_ack(RawValue chunk,
                                                                    const ForwardMessage& message,
                                                                    bool& taken) {
  std::string_view payload = message.packed;
  if (message.mode == ForwardMessage::Mode::kForward) payload = message.entries.bytes();
  if (message.mode == ForwardMessage::Mode::kMessage) payload = message.record.bytes();
  std::string key = chunk_key(connection_.peer().host, message.tag, *chunk.as_text(), payload,
                              message.compression == ForwardMessage::Compression::kGzip);
  std::string name(chunk.bytes());
  switch (shared_->chunks.claim(key)) {
    case ChunkMemory::Claim::kNew:
      return std::make_shared<Outcome>(shared_, std::move(name), std::move(key), self_);
    case ChunkMemory::Claim::kSafe:
      acknowledge(name);
      break;
    case ChunkMemory::Claim::kUnderWay:
      shared_->chunks.wait(key, [self = std::weak_ptr(self_), name](bool safe) {
        if (auto session = self.lock(); session && safe) (*session)->acknowledge(name);
      });
      break;
  }
  shared_->duplicates.add();
  taken = true;
  return nullptr;
}

bool ForwardSession::go_on(bool may_wait) {
  FluentEvents& events = shared_->events;
  events.begin(current_->tag, connection_.peer().host, now_);
  ForwardEntries::Entry entry;
  while (true) {
    switch (current_->entries.next(entry)) {
      case ForwardEntries::Answer::kEntry:
        if (!add(entry) && may_wait) return false;
        continue;
      case ForwardEntries::Answer::kInvalid:
        reject("an entry that is no [time, record]");
        continue;
      case ForwardEntries::Answer::kBroken: {
        // What was taken of it may be stored; it is not acknowledged.
        auto outcome = current_->outcome;
        give_up(current_->entries.status().message());
        if (outcome) outcome->settled(false);
        return true;
      }
      case ForwardEntries::Answer::kEnd:
        break;
    }
    break;
  }
  if (current_->outcome) current_->outcome->settled(true);
  current_.reset();
  return true;
}

// False: it was added, and now there is no more room.
bool ForwardSession::add(const ForwardEntries::Entry& entry) {
  EventGroup::Event made;
  Status status = shared_->events.make(entry, made);
  if (status.ok() && current_->by_outlet) {
    status = shared_->outlet.add(made.type, made.host, made.end, made.body);
    if (!status.ok()) reject(status.message());
    return true;
  }
  // After a full batch comes another.
  if (batch_.events.empty() && room_for_ > 0)
    batch_.events.reserve(kForwardBatchBytes + made.body.size(), room_for_);
  if (status.ok()) status = batch_.events.add(made.type, made.host, made.end, made.body);
  if (!status.ok()) {
    reject(status.message());
    return true;
  }
  const auto& outcome = current_->outcome;
  if (outcome && (batch_.outcomes.empty() || batch_.outcomes.back() != outcome)) {
    ++outcome->pending;
    batch_.outcomes.push_back(outcome);
  }
  if (batch_.events.bytes() < kForwardBatchBytes) return true;
  submit();
  return !connection_.full();
}

void ForwardSession::submit() {
  if (batch_.events.empty()) return;
  const std::size_t count = batch_.events.size();
  room_for_ = batch_.events.bytes() >= kForwardBatchBytes ? count + count / 8 : 0;
  Batch batch = std::exchange(batch_, Batch());
  connection_.submit_watched(
      std::move(batch.events),
      [shared = shared_, count, outcomes = std::move(batch.outcomes)](Delivery delivery) {
        if (delivery == Delivery::kSafe) shared->stored.add(count);
        if (delivery == Delivery::kRefused) shared->rejected.add(count);
        // What the next hop will never have, it need not be sent again.
        for (const auto& outcome : outcomes)
          outcome->settled(delivery == Delivery::kSafe || delivery == Delivery::kRefused);
      });
}

void ForwardSession::acknowledge(std::string_view chunk) {
  shared_->acks.add();
  std::string answer;
  if (json_) {
    answer = "{\"ack\":";
    append_json_string(answer, RawValue(chunk).as_text().value_or(std::string_view()));
    answer += "}";
  } else {
    pack_map_header(answer, 1);
    pack_text(answer, "ack");
    answer += chunk;
  }
  connection_.send(answer);
}

void ForwardSession::settle() { submit(); }

void ForwardSession::consume_json(std::string_view bytes) {
  json_->feed(bytes);
  read_json();
}

void ForwardSession::read_json() {
  while (true) {
    document_.clear();
    switch (json_->next(document_)) {
      case JsonStream::Answer::kDocument:
        // Its bytes are not the engine's: it is walked to its end.
        begin(RawValue(document_), false);
        break;
      case JsonStream::Answer::kBad:
        reject(json_->bad_status().message());
        break;
      case JsonStream::Answer::kMore:
        return;
    }
  }
}

void ForwardSession::finish(std::string_view rest) {
  now_ = to_seconds(shared_->clock.wall());
  if (json_) {
    json_->finish();
    read_json();
  } else if (!rest.empty()) {
    reject(fmt::format("the connection ended inside a message, of which there were {} bytes",
                       rest.size()));
  }
  submit();
}

}  // namespace ox
