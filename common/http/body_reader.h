#pragma once
// Takes the body of one request in pieces, as it arrives and already without its
// Content-Encoding.
// Threading: called on the connection's I/O thread only. Must not block.
// Ownership: the server owns it, and destroys it right after on_end() or on_abort(), of which
//            exactly one is called, once.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/http/http_reply.h"

namespace ox {

enum class BodyFlow {
  kContinue,
  kPause,  // no on_data() and no on_end() until HttpReply::resume_reading()
};

// Why a body ends early. The server has answered, or closes, by itself: the handler's answer is
// dropped then, except after kAnswered.
enum class BodyAbort {
  kAnswered,     // the reply was sent before the body had been read
  kClientGone,   // closed or reset by the peer
  kTimeout,      // the client was too slow: 408
  kTooLarge,     // over the limit as sent or as decoded: 413
  kMalformed,    // chunks or compressed data are broken: 400
  kUnsupported,  // a Content-Encoding that is not known: 415
  kStopping,     // the server's drain deadline is over
};

std::string_view body_abort_name(BodyAbort reason);

class BodyReader {
 public:
  virtual ~BodyReader() = default;
  // `piece` is gone when it returns; never empty, 64 KiB at most.
  virtual BodyFlow on_data(std::string_view piece) = 0;
  virtual void on_end() = 0;
  virtual void on_abort(BodyAbort reason) = 0;
};

// For small bodies: reads the whole one, then calls `done` with it. Nothing is called when the body
// ends early. Memory: what the client sends, up to the route's limit of decoded bytes; in all
// connections together kMaxHeldBodies of bodies that are not small: a further one is answered 503.
inline constexpr std::uint64_t kMaxHeldBodies = 256 << 20;
std::unique_ptr<BodyReader> read_whole_body(
    HttpReply reply, std::function<void(std::string body, HttpReply reply)> done);

}  // namespace ox
