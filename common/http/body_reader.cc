#include "common/http/body_reader.h"

#include <atomic>
#include <utility>
#include <vector>

#include "common/http/http_response.h"

namespace ox {
namespace {

std::atomic<std::uint64_t> held_bodies{0};  // bytes in the blocks of all readers

class WholeBodyReader : public BodyReader {
 public:
  WholeBodyReader(HttpReply reply, std::function<void(std::string, HttpReply)> done)
      : reply_(std::move(reply)), done_(std::move(done)) {
    // What is announced is no reason to take memory: at most this much is believed.
    constexpr std::uint64_t kBelieved = 64u << 10;
    auto length = reply_.request().content_length();
    if (length && *length <= kBelieved) body_.reserve(static_cast<std::size_t>(*length));
  }

  BodyFlow on_data(std::string_view piece) override {
    body_.append(piece);
    // A string that doubles takes twice what a body may be, just to find out that it is too large.
    if (body_.size() >= kBlock) {
      if (held_bodies.fetch_add(body_.size()) + body_.size() > kMaxHeldBodies) {
        held_bodies.fetch_sub(body_.size());
        drop();
        reply_.send_error({.status = 503,
                           .message = "too many large requests are being read",
                           .retry_after = Seconds(1)});
        return BodyFlow::kContinue;
      }
      bytes_ += body_.size();
      blocks_.push_back(std::exchange(body_, {}));
      body_.reserve(kBlock + piece.size());
    }
    return BodyFlow::kContinue;
  }
  void on_end() override { done_(joined(), std::move(reply_)); }
  void on_abort(BodyAbort) override {}

  ~WholeBodyReader() override { drop(); }
  WholeBodyReader(const WholeBodyReader&) = delete;
  WholeBodyReader& operator=(const WholeBodyReader&) = delete;

 private:
  static constexpr std::size_t kBlock = 256 << 10;

  std::string joined() {
    if (blocks_.empty()) return std::move(body_);
    std::string whole;
    whole.reserve(bytes_ + body_.size());
    for (std::string& block : blocks_) {
      whole += block;
      block = {};
    }
    whole += body_;
    drop();
    return whole;
  }
  void drop() {
    blocks_.clear();
    body_ = {};
    held_bodies.fetch_sub(std::exchange(bytes_, 0));
  }

  std::vector<std::string> blocks_;  // what came before body_
  std::size_t bytes_ = 0;            // in these
  std::string body_;
  HttpReply reply_;
  std::function<void(std::string, HttpReply)> done_;
};

}  // namespace

std::string_view body_abort_name(BodyAbort reason) {
  switch (reason) {
    case BodyAbort::kAnswered:
      return "answered before its end";
    case BodyAbort::kClientGone:
      return "the client has gone";
    case BodyAbort::kTimeout:
      return "the client was too slow";
    case BodyAbort::kTooLarge:
      return "too large";
    case BodyAbort::kMalformed:
      return "malformed";
    case BodyAbort::kUnsupported:
      return "unknown Content-Encoding";
    case BodyAbort::kStopping:
      return "the server stops";
  }
  return "?";
}

std::unique_ptr<BodyReader> read_whole_body(
    HttpReply reply, std::function<void(std::string body, HttpReply reply)> done) {
  return std::make_unique<WholeBodyReader>(std::move(reply), std::move(done));
}

}  // namespace ox
