#include "oxctl/session.h"

#include <cstdio>

#include <fmt/format.h>

#include "common/base/exit_codes.h"
#include "common/base/log.h"
#include "oxctl/printable.h"
#include "oxctl/terminal.h"
#include "proto/control.h"
#include "proto/json.h"

namespace ox {

std::string Session::host_text() const { return printable(host().to_string()); }

int Session::fail(const Status& why) const {
  fmt::print(stderr, "oxctl: {}\n", why.message());
  return kExitFailed;
}

int Session::ask(std::string_view request, const Render& render, Millis timeout) {
  log_info("asking {}", host_text());
  return show(control_request(context_, host(), request, timeout), render);
}

int Session::show(const Result<ControlReply>& reply, const Render& render) {
  if (!reply.ok() && reply.status().code() == Code::kCorrupt)
    return fail(reply.status().at(host_text()));
  if (!reply.ok()) {
    // BlueOx's words, which scripts look for; then ours.
    fmt::print(stderr, "Error connecting to server: {}\n", printable(reply.status().message()));
    return kExitFailed;
  }
  if (options_.raw) {
    std::string json;
    append_json(json, reply.value().map());
    if (Status written = write_out(json + "\n"); !written.ok()) return fail(written);
  }
  if (auto error = reply.value().error())
    return fail(
        Status(Code::kInvalid, fmt::format("{} refused: {}", host_text(), printable(*error))));
  if (options_.raw) return kExitOk;
  auto text = render(reply.value());
  if (!text.ok()) return fail(text.status().at(host_text()));
  Status written = write_out(*text);
  return written.ok() ? kExitOk : fail(written);
}

std::string encode_forward_request(const std::string& op, const std::vector<std::string>& targets) {
  msgpack::sbuffer buffer;
  msgpack::packer<msgpack::sbuffer> packer(buffer);
  packer.pack_map(3);
  packer.pack("cmd");
  packer.pack(control::kForward);
  packer.pack("op");
  packer.pack(op);
  packer.pack("targets");
  packer.pack(targets);
  return std::string(buffer.data(), buffer.size());
}

std::string encode_log_level_request(const std::string& level) {
  if (level.empty()) return encode_control_request(control::kLogLevel);
  msgpack::sbuffer buffer;
  msgpack::packer<msgpack::sbuffer> packer(buffer);
  packer.pack_map(2);
  packer.pack("cmd");
  packer.pack(control::kLogLevel);
  packer.pack("level");
  packer.pack(level);
  return std::string(buffer.data(), buffer.size());
}

}  // namespace ox
