#include "proto/batch.h"

#include <algorithm>
#include <cstring>

#include "common/base/bytes.h"
#include "common/base/crc32c.h"

namespace ox {
namespace {

constexpr std::uint32_t kBatchMagic = 0x3142584f;  // "OXB1"
constexpr std::size_t kCrcFrom = 8;  // the header's CRC covers everything behind itself
constexpr std::size_t kMaxPairs = 65535;
constexpr std::size_t kTriedPairs = 8;
// Room in front of the events for header and pair table, so that sealing need not move the events.
constexpr std::size_t kHeadroom = 4096;
// A buffer that is no larger is used again for the next small batch.
constexpr std::size_t kKeptBuffer = 64 << 10;

// As ==, which for a std::string and a std::string_view is a call even where the lengths differ.
bool same_bytes(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
}

void encode_header(const BatchHeader& header, char* out) {
  std::memset(out, 0, kBatchHeaderSize);
  store_le(out, kBatchMagic);
  std::memcpy(out + 8, header.id.run.bytes.data(), 16);
  store_le(out + 24, header.id.seq);
  store_le(out + 32, static_cast<std::int64_t>(header.sealed_at.count()));
  store_le(out + 40, header.event_count);
  out[44] = static_cast<char>(header.codec);
  store_le(out + 48, header.raw_length);
  store_le(out + 52, header.stored_length);
  store_le(out + 56, header.payload_crc);
  store_le(out + 4, crc32c({out + kCrcFrom, kBatchHeaderSize - kCrcFrom}));
}

BatchError fail(BatchError error, std::string* detail, const char* text) {
  if (detail != nullptr) *detail = text;
  return error;
}

}  // namespace

std::string_view batch_error_name(BatchError error) {
  switch (error) {
    case BatchError::kNone:
      return "none";
    case BatchError::kCorrupt:
      return "corrupt";
    case BatchError::kTooLarge:
      return "too_large";
    case BatchError::kUnsupported:
      return "unsupported";
    case BatchError::kMalformed:
      return "malformed";
  }
  return "unknown";
}

BatchError decode_batch_header(std::string_view bytes, BatchHeader& out) {
  if (bytes.size() < kBatchHeaderSize) return BatchError::kCorrupt;
  const char* p = bytes.data();
  if (load_le<std::uint32_t>(p) != kBatchMagic) return BatchError::kUnsupported;
  std::uint32_t crc = crc32c(bytes.substr(kCrcFrom, kBatchHeaderSize - kCrcFrom));
  if (load_le<std::uint32_t>(p + 4) != crc) return BatchError::kCorrupt;
  out.id.run = Uuid::from_bytes(bytes.substr(8, 16));
  out.id.seq = load_le<std::uint64_t>(p + 24);
  out.sealed_at = WallTime(load_le<std::int64_t>(p + 32));
  out.event_count = load_le<std::uint32_t>(p + 40);
  out.codec = static_cast<std::uint8_t>(p[44]);
  out.raw_length = load_le<std::uint32_t>(p + 48);
  out.stored_length = load_le<std::uint32_t>(p + 52);
  out.payload_crc = load_le<std::uint32_t>(p + 56);
  if (out.codec != 0) return BatchError::kUnsupported;
  if (out.raw_length > kMaxBatchBytes || out.stored_length > kMaxBatchBytes - kBatchHeaderSize)
    return BatchError::kTooLarge;
  if (out.raw_length != out.stored_length) return BatchError::kMalformed;
  return BatchError::kNone;
}

std::uint64_t Batch::body_bytes() const {
  std::uint64_t sum = 0;
  for (const PairSummary& pair : pairs_) sum += pair.body_bytes;
  return sum;
}

BatchPtr Batch::open(std::shared_ptr<const void> owner, std::string_view bytes, BatchError& error,
                     std::string* detail) {
  auto batch = std::make_shared<Batch>();
  batch->owner_ = std::move(owner);
  batch->bytes_ = bytes;
  error = bytes.size() > kMaxBatchBytes
              ? fail(BatchError::kTooLarge, detail, "longer than the protocol allows")
              : decode_batch_header(bytes, batch->header_);
  if (error == BatchError::kNone) error = batch->index(detail);
  if (error != BatchError::kNone) {
    if (detail != nullptr && detail->empty()) *detail = "bad header";
    return nullptr;
  }
  return batch;
}

// Checks the payload and fills pairs_ and events_.
BatchError Batch::index(std::string* detail) {
  std::string_view payload = bytes_.substr(kBatchHeaderSize);
  if (payload.size() != header_.stored_length)
    return fail(BatchError::kCorrupt, detail, "the payload has not the announced length");
  if (crc32c(payload) != header_.payload_crc)
    return fail(BatchError::kCorrupt, detail, "the payload's CRC is wrong");

  ByteReader table(payload);
  auto pair_count = table.le<std::uint16_t>();
  pairs_.reserve(pair_count);
  for (std::uint16_t i = 0; i < pair_count && table.ok(); ++i) {
    PairSummary& pair = pairs_.emplace_back();
    pair.type = table.short_string();
    pair.host = table.short_string();
    if (pair.type.empty()) return fail(BatchError::kMalformed, detail, "an event without a type");
  }
  if (!table.ok()) return fail(BatchError::kMalformed, detail, "the pair table is cut short");
  events_ = table.rest();

  std::uint32_t count = 0;
  for (std::string_view rest = events_; !rest.empty(); ++count) {
    if (rest.size() < kEventOverhead)
      return fail(BatchError::kMalformed, detail, "an event is cut short");
    auto pair = load_le<std::uint16_t>(rest.data());
    auto length = load_le<std::uint32_t>(rest.data() + 10);
    if (pair >= pairs_.size())
      return fail(BatchError::kMalformed, detail, "an event names no pair of the table");
    if (rest.size() - kEventOverhead < length)
      return fail(BatchError::kMalformed, detail, "an event is longer than its batch");
    PairSummary& summary = pairs_[pair];
    ++summary.count;
    summary.body_bytes += length;
    summary.last_end = load_le<double>(rest.data() + 2);
    rest.remove_prefix(kEventOverhead + length);
  }
  if (count != header_.event_count)
    return fail(BatchError::kMalformed, detail, "the event count is wrong");
  return BatchError::kNone;
}

BatchBuilder::BatchBuilder(std::size_t target_bytes) : target_bytes_(target_bytes) { reset(); }

void BatchBuilder::reset() {
  // What grew by doubling for a large batch would be too large for every later one, which would then be copied.
  if (buffer_.capacity() > kKeptBuffer) std::string().swap(buffer_);
  buffer_.clear();
  pairs_.clear();
  pair_of_.clear();
  table_bytes_ = 2;
  count_ = 0;
}

std::size_t BatchBuilder::bytes() const {
  return count_ == 0 ? 0 : kBatchHeaderSize + table_bytes_ + (buffer_.size() - kHeadroom);
}

bool BatchBuilder::fits(std::string_view type, std::string_view host, std::size_t body_size) const {
  if (type.empty() || type.size() > kMaxNameBytes || host.size() > kMaxNameBytes) return false;
  if (body_size > kMaxEventBytes) return false;
  if (count_ == 0) return true;
  return pairs_.size() < kMaxPairs &&
         bytes() + kEventOverhead + body_size + 2 + type.size() + host.size() <= kMaxBatchBytes;
}

std::uint16_t BatchBuilder::pair_index(std::string_view type, std::string_view host) {
  // Most events come from where the one before came from, or take turns with a few others: to try these is
  // cheaper than to look one up (tests/bench/instructions.py, "append to a batch").
  const std::size_t tries = std::min(pairs_.size(), kTriedPairs);
  for (std::size_t i = 0, at = last_pair_; i < tries; ++i, ++at) {
    if (at >= pairs_.size()) at = 0;
    if (!same_bytes(pairs_[at].type, type) || !same_bytes(pairs_[at].host, host)) continue;
    last_pair_ = static_cast<std::uint16_t>(at);
    return last_pair_;
  }
  key_.assign(type);
  key_.push_back('\0');
  key_.append(host);
  auto [it, is_new] = pair_of_.try_emplace(key_, static_cast<std::uint16_t>(pairs_.size()));
  if (is_new) {
    pairs_.push_back({std::string(type), std::string(host), {}});
    table_bytes_ += 2 + type.size() + host.size();
  }
  last_pair_ = it->second;
  return last_pair_;
}

void BatchBuilder::add(std::string_view type, std::string_view host, double end,
                       std::string_view body) {
  if (count_ == 0) {
    if (was_full_) buffer_.reserve(kHeadroom + target_bytes_ + target_bytes_ / 32);
    buffer_.resize(kHeadroom);
  }
  std::uint16_t index = pair_index(type, host);
  char head[kEventOverhead];
  store_le(head, index);
  store_le(head + 2, end);
  store_le(head + 10, static_cast<std::uint32_t>(body.size()));
  buffer_.append(head, kEventOverhead);
  buffer_.append(body);
  ++count_;
  PairSummary& summary = pairs_[index].summary;
  ++summary.count;
  summary.body_bytes += body.size();
  summary.last_end = end;
}

BatchPtr BatchBuilder::seal(const BatchId& id, WallTime sealed_at) {
  OX_CHECK(count_ > 0);
  was_full_ = full();
  std::string table;
  table.reserve(table_bytes_);
  append_le(table, static_cast<std::uint16_t>(pairs_.size()));
  for (const Pair& pair : pairs_) {
    table.push_back(static_cast<char>(pair.type.size()));
    table.append(pair.type);
    table.push_back(static_cast<char>(pair.host.size()));
    table.append(pair.host);
  }

  std::size_t front = kBatchHeaderSize + table.size();
  std::size_t start = 0;
  // A batch that is sealed small, or that grew past its buffer by doubling, may wait long in
  // memory: give it a buffer of its own size. A full one uses most of what it has and stays where
  // it is.
  std::size_t needed = front + (buffer_.size() - kHeadroom);
  bool roomy = buffer_.capacity() > needed + needed / 16 + kHeadroom;
  auto own = std::make_shared<std::string>();
  if (front <= kHeadroom && !roomy) {
    start = kHeadroom - front;
    *own = std::move(buffer_);
  } else {
    own->reserve(needed);
    own->resize(front);
    own->append(buffer_, kHeadroom, std::string::npos);
  }
  char* bytes = own->data() + start;
  std::memcpy(bytes + kBatchHeaderSize, table.data(), table.size());
  std::size_t size = own->size() - start;

  auto batch = std::make_shared<Batch>();
  batch->bytes_ = {bytes, size};
  std::string_view payload = batch->bytes_.substr(kBatchHeaderSize);
  BatchHeader& header = batch->header_;
  header.id = id;
  header.sealed_at = sealed_at;
  header.event_count = count_;
  header.raw_length = header.stored_length = static_cast<std::uint32_t>(payload.size());
  header.payload_crc = crc32c(payload);
  encode_header(header, bytes);

  batch->events_ = payload.substr(table.size());
  std::size_t at = 2;
  for (const Pair& pair : pairs_) {
    PairSummary summary = pair.summary;
    summary.type = payload.substr(at + 1, pair.type.size());
    at += 1 + pair.type.size();
    summary.host = payload.substr(at + 1, pair.host.size());
    at += 1 + pair.host.size();
    batch->pairs_.push_back(summary);
  }
  batch->owner_ = std::move(own);
  reset();
  return batch;
}

}  // namespace ox
