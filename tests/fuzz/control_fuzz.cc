#include "proto/control.h"
#include "proto/cutoff.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_control {

OX_FUZZ_TARGET(control, std::string_view input) {
  auto request = ControlRequest::decode(input);
  if (!request.ok()) {
    OX_CHECK(request.status().code() == Code::kInvalid);
    return;
  }
  OX_CHECK(find_text(request->map(), "cmd") == request->command());
  (void)find_text(request->map(), "op");
  if (auto cutoff = decode_cutoff_request(request->map()); cutoff.ok()) {
    const std::string again = encode_cutoff_request(*cutoff);
    auto same = ControlRequest::decode(again);
    OX_CHECK(same.ok());
    OX_CHECK(decode_cutoff_request(same->map())->scope == cutoff->scope);
  } else {
    OX_CHECK(cutoff.status().code() == Code::kInvalid);
  }
  (void)decode_cutoff_reply(request->map());
  if (const msgpack::object* targets = find_key(request->map(), "targets");
      targets != nullptr && targets->type == msgpack::type::ARRAY)
    for (std::uint32_t i = 0; i < targets->via.array.size; ++i)
      (void)as_text(targets->via.array.ptr[i]);
}

}  // namespace ox::fuzz_control
