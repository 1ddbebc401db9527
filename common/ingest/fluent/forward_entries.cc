#include "common/ingest/fluent/forward_entries.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/base/bytes.h"
#include "common/base/quantity.h"

namespace ox {
namespace {

constexpr std::size_t kInflateStep = 64 << 10;

// The bytes of the value at the front when it is one of the plain short forms that most are; else
// 0.
std::size_t plain_length(std::string_view bytes) {
  if (bytes.empty()) return 0;
  const auto tag = static_cast<unsigned char>(bytes.front());
  std::size_t size = 0;
  if (tag >= 0xa0 && tag < 0xc0) {
    size = 1 + (tag & 0x1fU);
  } else if (tag < 0x80 || tag >= 0xe0 || tag == 0xc0 || tag == 0xc2 || tag == 0xc3) {
    size = 1;
  } else if (tag == 0xd9 && bytes.size() > 1) {
    size = 2 + std::size_t{static_cast<unsigned char>(bytes[1])};
  } else if (tag == 0xda && bytes.size() > 2) {
    size = 3 + std::size_t{load_be<std::uint16_t>(bytes.data() + 1)};
  } else if (tag == 0xcd || tag == 0xce) {
    size = tag == 0xcd ? 3 : 5;
  } else if (tag == 0xcb || tag == 0xcf) {
    size = 9;
  }
  return size <= bytes.size() ? size : 0;
}

// As checked_length(), quickly for a map of plain values.
Result<std::size_t> checked_record_length(std::string_view bytes) {
  const auto tag = static_cast<unsigned char>(bytes.empty() ? 0 : bytes.front());
  if (tag < 0x80 || tag >= 0x90) return checked_length(bytes);
  std::size_t at = 1;
  for (unsigned left = 2 * (tag & 0xfU); left > 0; --left) {
    const std::size_t plain = plain_length(bytes.substr(at));
    at += plain;
    if (plain > 0) continue;
    auto length = checked_length(bytes.substr(at), kMaxForeignDepth - 1);
    if (!length.ok()) return length.status();
    at += *length;
  }
  return at;
}

// An entry with its time as most senders write it: the bytes of the time, or 0.
std::size_t quick_time(std::string_view bytes, ForwardTime& time) {
  if (bytes.size() < 11 || bytes[0] != '\x92') return 0;
  std::uint32_t seconds = 0;
  std::uint32_t nanos = 0;
  std::size_t size = 0;
  if (bytes[1] == '\xd7' && bytes[2] == '\0') {
    seconds = load_be<std::uint32_t>(bytes.data() + 3);
    nanos = load_be<std::uint32_t>(bytes.data() + 7);
    size = 10;
  } else if (bytes[1] == '\xce') {
    seconds = load_be<std::uint32_t>(bytes.data() + 2);
    size = 5;
  }
  if (seconds == 0) return 0;
  time = {true, Timestamp::of(Seconds(seconds) + Micros(nanos / 1000))};
  return size;
}

ForwardEntries::Answer entry_of(RawValue time, RawValue record, ForwardEntries::Entry& out) {
  if (!record.is_map()) return ForwardEntries::Answer::kInvalid;
  out.time = forward_time(time);
  out.record = record;
  return out.time.valid ? ForwardEntries::Answer::kEntry : ForwardEntries::Answer::kInvalid;
}

ForwardEntries::Answer entry_of(RawValue pair, ForwardEntries::Entry& out) {
  RawValue parts[2];
  std::size_t count = 0;
  if (pair.size() != 2) return ForwardEntries::Answer::kInvalid;
  for (RawValue part : RawArray(pair)) parts[count++] = part;
  return entry_of(parts[0], parts[1], out);
}

}  // namespace

ForwardEntries::ForwardEntries(const ForwardMessage& message, const ForwardLimits& limits)
    : limits_(limits), mode_(message.mode), time_(message.time), record_(message.record) {
  using Compression = ForwardMessage::Compression;
  if (mode_ == ForwardMessage::Mode::kMessage) {
    left_ = 1;
  } else if (mode_ == ForwardMessage::Mode::kForward) {
    left_ = message.entries.size();
    auto first = RawArray(message.entries).begin();
    if (first != RawArray(message.entries).end()) {
      const std::string_view all = message.entries.bytes();
      rest_ = all.substr(static_cast<std::size_t>((*first).bytes().data() - all.data()));
    }
  } else if (message.compression == Compression::kNone) {
    rest_ = message.packed;
  } else {
    compressed_ = true;
    deflated_ = message.packed;
    decoder_ = ContentDecoder::create(message.compression == Compression::kGzip ? "gzip" : "zstd");
    OX_CHECK(decoder_ != nullptr);
  }
}

ForwardEntries::Answer ForwardEntries::broken(Code code, std::string message) {
  status_ = Status(code, std::move(message));
  return Answer::kBroken;
}

// Makes the entry at hand longer. False when there is nothing more, or something wrong.
bool ForwardEntries::read_more() {
  if (!compressed_) return false;
  if (rest_.size() > limits_.entry) {
    status_ = Status(Code::kTooLarge,
                     fmt::format("an entry of more than {}", format_size(limits_.entry)));
    return false;
  }
  // As much again as there is: what is long is not walked for every piece.
  return inflate(std::max(rest_.size(), kInflateStep));
}

bool ForwardEntries::inflate(std::size_t wanted) {
  inflated_.erase(0, inflated_.size() - rest_.size());
  const std::size_t kept = inflated_.size();
  while (inflated_.size() - kept < wanted) {
    const std::size_t before = inflated_.size();
    inflated_.resize(before + kInflateStep);
    auto made = decoder_->decode(deflated_, {inflated_.data() + before, kInflateStep});
    inflated_.resize(before + (made.ok() ? *made : 0));
    if (!made.ok()) {
      status_ = made.status();
      break;
    }
    inflated_bytes_ += *made;
    if (inflated_bytes_ > limits_.inflated) {
      status_ = Status(Code::kTooLarge,
                       fmt::format("more than {} when unpacked", format_size(limits_.inflated)));
      break;
    }
    if (*made > 0) continue;
    if (!decoder_->complete()) status_ = Status(Code::kCorrupt, "ends inside what is compressed");
    break;
  }
  rest_ = inflated_;
  return status_.ok() && inflated_.size() > kept;
}

void ForwardEntries::moved(const char* from, const char* to) {
  auto move = [&](std::string_view view) {
    return view.data() == nullptr ? view : std::string_view(to + (view.data() - from), view.size());
  };
  time_ = RawValue(move(time_.bytes()));
  record_ = RawValue(move(record_.bytes()));
  deflated_ = move(deflated_);
  if (!compressed_) rest_ = move(rest_);
}

ForwardEntries::Answer ForwardEntries::next(Entry& entry) {
  if (!status_.ok()) return Answer::kBroken;
  if (mode_ != ForwardMessage::Mode::kPacked) {
    if (left_ == 0) return Answer::kEnd;
    --left_;
    if (mode_ == ForwardMessage::Mode::kMessage) return entry_of(time_, record_, entry);
    const RawValue pair = RawValue::front_of(rest_);
    rest_.remove_prefix(pair.bytes().size());
    return entry_of(pair, entry);
  }
  while (true) {
    if (rest_.empty() && !read_more()) return status_.ok() ? Answer::kEnd : Answer::kBroken;
    const std::size_t head = quick_time(rest_, entry.time);
    auto length = head > 0 ? checked_record_length(rest_.substr(1 + head)) : checked_length(rest_);
    if (length.ok()) {
      const std::string_view whole = rest_.substr(0, *length + (head > 0 ? 1 + head : 0));
      rest_.remove_prefix(whole.size());
      if (head == 0) return entry_of(RawValue(whole), entry);
      entry.record = RawValue(whole.substr(1 + head));
      return entry.record.is_map() ? Answer::kEntry : Answer::kInvalid;
    }
    if (length.status().code() != Code::kUnavailable)
      return broken(length.status().code(), "entries: " + length.status().message());
    if (!read_more())
      return status_.ok() ? broken(Code::kCorrupt, "the entries end inside one of them")
                          : Answer::kBroken;
  }
}

}  // namespace ox
