#pragma once
// Control requests and replies: one MessagePack map each way (proto/README.md, "Control").
#include <cstdint>
#include <string>
#include <string_view>

#include <msgpack.hpp>

#include "common/base/status.h"
#include "proto/event_view.h"

namespace ox {

inline constexpr std::size_t kMaxControlBytes = 1 << 20;

// Names of the requests, as they stand under "cmd".
namespace control {
inline constexpr std::string_view kStatus = "STATUS";
inline constexpr std::string_view kSockStream = "SOCK_STREAM";
inline constexpr std::string_view kSockCollect = "SOCK_COLLECT";
inline constexpr std::string_view kSockLink = "SOCK_LINK";
inline constexpr std::string_view kSockTail = "SOCK_TAIL";
inline constexpr std::string_view kPing = "PING";
inline constexpr std::string_view kShutdown = "SHUTDOWN";
inline constexpr std::string_view kFlush = "FLUSH";
inline constexpr std::string_view kForward = "FORWARD";       // with "op" and "targets"
inline constexpr std::string_view kLogLevel = "LOG_LEVEL";    // with "level", or without to ask
inline constexpr std::string_view kRecordIds = "RECORD_IDS";  // proto/record_id.h
inline constexpr std::string_view kCutOff = "CUT_OFF";        // proto/cutoff.h
}  // namespace control

// A decoded request; `bytes` must outlive it.
class ControlRequest {
 public:
  // Error: kInvalid for what is no map, has no "cmd", or is no MessagePack.
  static Result<ControlRequest> decode(std::string_view bytes);

  std::string_view command() const { return command_; }
  const msgpack::object& map() const { return decoded_.root(); }

 private:
  explicit ControlRequest(Decoded decoded) : decoded_(std::move(decoded)) {}
  Decoded decoded_;
  std::string_view command_;
};

// {"cmd": command}
std::string encode_control_request(std::string_view command);
// {"error": text}
std::string encode_control_error(std::string_view text);

}  // namespace ox
