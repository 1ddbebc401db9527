#include "proto/control.h"

namespace ox {

Result<ControlRequest> ControlRequest::decode(std::string_view bytes) {
  if (bytes.size() > kMaxControlBytes) return Status(Code::kInvalid, "the request is too long");
  auto decoded = Decoded::decode(bytes);
  if (!decoded.ok()) return Status(Code::kInvalid, "the request is not MessagePack");
  ControlRequest request(std::move(decoded).value());
  auto command = find_text(request.map(), "cmd");
  if (!command) return Status(Code::kInvalid, "the request is no map with a \"cmd\"");
  request.command_ = *command;
  return request;
}

static std::string encode_pair(std::string_view key, std::string_view value) {
  msgpack::sbuffer buffer;
  msgpack::packer<msgpack::sbuffer> packer(buffer);
  packer.pack_map(1);
  packer.pack(key);
  packer.pack(value);
  return std::string(buffer.data(), buffer.size());
}

std::string encode_control_request(std::string_view command) { return encode_pair("cmd", command); }
std::string encode_control_error(std::string_view text) { return encode_pair("error", text); }

}  // namespace ox
