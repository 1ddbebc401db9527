#include "common/ingest/api/upload/msgpack_items.h"

#include <algorithm>
#include <string>

#include "common/base/bytes.h"
#include "common/base/status.h"

namespace ox {
namespace {

// The head of an array at the front of `bytes`: its size in bytes, 0 when it is not all there.
struct ArrayHead {
  std::size_t size = 0;
  std::size_t elements = 0;
};

bool is_array_tag(char c) {
  const auto tag = static_cast<unsigned char>(c);
  return (tag & 0xf0) == 0x90 || tag == 0xdc || tag == 0xdd;
}

ArrayHead array_head(std::string_view bytes) {
  const auto tag = static_cast<unsigned char>(bytes.front());
  if (tag == 0xdc)
    return bytes.size() < 3 ? ArrayHead{} : ArrayHead{3, load_be<std::uint16_t>(bytes.data() + 1)};
  if (tag == 0xdd)
    return bytes.size() < 5 ? ArrayHead{} : ArrayHead{5, load_be<std::uint32_t>(bytes.data() + 1)};
  return {1, tag & 0xfU};
}

class MsgpackItems : public UploadItems {
 public:
  explicit MsgpackItems(std::size_t max_document) : max_document_(max_document) {}

  void append(std::string_view piece) override {
    if (stopped_) return;
    data_.erase(0, at_);
    at_ = 0;
    data_.append(piece);
  }
  void end() override { ended_ = true; }
  bool ended() const override { return ended_; }
  bool single() const override { return index_ == 1 && !array_seen_; }

  bool next(UploadItem& out) override {
    if (stopped_ || !skip_array_heads()) return false;
    const std::string_view rest = std::string_view(data_).substr(at_);
    if (rest.empty())
      return left_ > 0 && ended_ && stop(out, Code::kInvalid, "the array ends early");
    // An item that was not all there is looked at again when twice as much of it is: it is walked
    // from its beginning each time.
    if (rest.size() < look_again_at_ && !ended_) return false;
    const std::string_view window = rest.substr(0, max_document_);
    auto length = checked_length(window);
    std::size_t size = length.ok() ? *length : 0;
    if (length.status().code() == Code::kTooLarge) size = skip_value(window);
    if (length.status().code() == Code::kCorrupt)
      return stop(out, Code::kInvalid, "this is no MessagePack");
    if (size == 0 && rest.size() > max_document_) return stop(out, Code::kTooLarge, "too long");
    if (size == 0) {
      if (ended_) return stop(out, Code::kInvalid, "the body ends within this");
      look_again_at_ = std::min(rest.size() * 2, max_document_ + 1);
      return false;
    }
    out = {.index = index_++};
    if (length.ok()) {
      out.document = RawValue(rest.substr(0, size));
    } else {
      out.status = Status(Code::kInvalid, length.status().message());
    }
    look_again_at_ = 0;
    at_ += size;
    if (left_ > 0) --left_;
    return true;
  }

 private:
  // False when a head is not all there yet.
  bool skip_array_heads() {
    while (left_ == 0 && at_ < data_.size() && is_array_tag(data_[at_])) {
      const ArrayHead head = array_head(std::string_view(data_).substr(at_));
      if (head.size == 0) {
        if (!ended_) return false;
        break;  // next() tells that it is cut
      }
      array_seen_ = true;
      at_ += head.size;
      left_ = head.elements;
    }
    return true;
  }

  bool stop(UploadItem& out, Code code, const char* what) {
    out = {.index = index_++, .status = Status(code, what)};
    stopped_ = true;
    at_ = data_.size();
    return true;
  }

  const std::size_t max_document_;
  std::string data_;
  std::size_t at_ = 0;             // of the first byte not taken
  std::size_t look_again_at_ = 0;  // bytes
  std::size_t left_ = 0;           // elements of the array at hand
  std::size_t index_ = 0;
  bool array_seen_ = false;
  bool ended_ = false;
  bool stopped_ = false;
};

}  // namespace

std::unique_ptr<UploadItems> msgpack_items(std::size_t max_document) {
  return std::make_unique<MsgpackItems>(max_document);
}

}  // namespace ox
