#include "common/ingest/feed/lumberjack_reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/base/bytes.h"
#include "common/base/quantity.h"
#include "common/ingest/model/pack.h"

namespace ox {
namespace {

constexpr std::size_t kMark = 2;  // version and kind
constexpr std::size_t kNumber = 4;
constexpr std::size_t kInflatePiece = 64 << 10;
// Names that nobody sends.
constexpr std::uint32_t kMostPairs = 10'000;

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  return load_be<std::uint32_t>(bytes.data() + at);
}

}  // namespace

LumberjackReader::Answer LumberjackReader::broken(Code code, std::string message) {
  status_ = Status(code, std::move(message));
  return Answer::kBroken;
}

LumberjackReader::Answer LumberjackReader::next(std::string_view& bytes, Frame& frame) {
  if (!status_.ok()) return Answer::kBroken;
  while (true) {
    const bool inside = decoder_ != nullptr;
    const Answer answer = inside ? next_inflated(bytes, frame) : read_frame(bytes, false, frame);
    // The beginning, or the end, of what is compressed is no frame of its own.
    if (answer != Answer::kMore || inside == (decoder_ != nullptr)) return answer;
  }
}

LumberjackReader::Answer LumberjackReader::read_frame(std::string_view& bytes, bool inside,
                                                      Frame& frame) {
  auto more = [this](std::size_t wanted) {
    wanted_ = wanted;
    return Answer::kMore;
  };
  if (bytes.size() < kMark) return more(kMark);
  frame.version = bytes[0];
  if (frame.version != '1' && frame.version != '2')
    return broken(Code::kCorrupt, "no frame of the Lumberjack protocol");
  const std::size_t head = kMark + kNumber;
  if (bytes.size() < head) return more(head);
  frame.number = number_at(bytes, kMark);
  frame.json = frame.pairs = {};
  switch (bytes[1]) {
    case 'W':
      if (frame.number > limits_.window)
        return broken(Code::kTooLarge, fmt::format("a window of {} events; the most is {}",
                                                   frame.number, limits_.window));
      bytes.remove_prefix(head);
      return Answer::kWindow;
    case 'J': {
      const std::size_t begin = head + kNumber;
      if (bytes.size() < begin) return more(begin);
      const std::size_t size = number_at(bytes, head);
      if (size > limits_.event)
        return broken(Code::kTooLarge, fmt::format("an event of {}; the most is {}",
                                                   format_size(size), format_size(limits_.event)));
      if (bytes.size() - begin < size) return more(begin + size);
      frame.json = bytes.substr(begin, size);
      bytes.remove_prefix(begin + size);
      return Answer::kEvent;
    }
    case 'D':
      return read_pairs(bytes, frame);
    case 'C':
      if (inside) return broken(Code::kCorrupt, "a compressed frame within another");
      bytes.remove_prefix(head);
      decoder_ = ContentDecoder::create("deflate");
      deflated_left_ = frame.number;
      made_ = used_ = 0;
      inflated_.clear();
      return Answer::kMore;
    default:
      return broken(Code::kCorrupt, "a frame of a kind that is not known");
  }
}

LumberjackReader::Answer LumberjackReader::read_pairs(std::string_view& bytes, Frame& frame) {
  std::size_t at = kMark + kNumber;
  auto more = [&](std::size_t wanted) {
    wanted_ = at + wanted;
    return Answer::kMore;
  };
  if (bytes.size() - at < kNumber) return more(kNumber);
  const std::uint32_t pairs = number_at(bytes, at);
  at += kNumber;
  if (pairs > kMostPairs)
    return broken(Code::kTooLarge, fmt::format("an event of {} pairs", pairs));
  pairs_.clear();
  pack_map_header(pairs_, pairs);
  for (std::uint32_t left = 2 * pairs; left > 0; --left) {
    if (bytes.size() - at < kNumber) return more(kNumber);
    const std::size_t size = number_at(bytes, at);
    if (at + size > limits_.event)
      return broken(Code::kTooLarge,
                    fmt::format("an event of more than {}", format_size(limits_.event)));
    if (bytes.size() - at - kNumber < size) return more(kNumber + size);
    pack_text(pairs_, bytes.substr(at + kNumber, size));
    at += kNumber + size;
  }
  frame.pairs = pairs_;
  bytes.remove_prefix(at);
  return Answer::kEvent;
}

// kMore with the decoder gone: the frame is at its end.
LumberjackReader::Answer LumberjackReader::next_inflated(std::string_view& bytes, Frame& frame) {
  while (true) {
    std::string_view rest = std::string_view(inflated_).substr(used_);
    const Answer answer = read_frame(rest, true, frame);
    used_ = inflated_.size() - rest.size();
    if (answer != Answer::kMore) return answer;

    inflated_.erase(0, std::exchange(used_, 0));
    std::string_view input = bytes.substr(0, deflated_left_);
    const std::size_t offered = input.size();
    const std::size_t before = inflated_.size();
    // As much again as waits: what is long is not looked at for every piece.
    const std::size_t room = std::max(before, kInflatePiece);
    inflated_.resize(before + room);
    auto made = decoder_->decode(input, {inflated_.data() + before, room});
    inflated_.resize(before + (made.ok() ? *made : 0));
    if (!made.ok()) return broken(made.status().code(), made.status().message());
    bytes.remove_prefix(offered - input.size());
    deflated_left_ -= offered - input.size();
    made_ += *made;
    if (made_ > limits_.inflated)
      return broken(Code::kTooLarge, fmt::format("a compressed frame of more than {} when unpacked",
                                                 format_size(limits_.inflated)));
    if (*made > 0) continue;
    if (deflated_left_ > 0 && input.empty()) {
      wanted_ = 0;
      return Answer::kMore;
    }
    if (deflated_left_ > 0 || !decoder_->complete() || !inflated_.empty())
      return broken(Code::kCorrupt, "a compressed frame that ends too early, or too late");
    decoder_.reset();
    return Answer::kMore;
  }
}

}  // namespace ox
