#pragma once
// Forward messages of tests: the vectors of the protocol, and those made here.
#include <string>
#include <string_view>

#include "common/base/bytes.h"
#include "common/ingest/model/pack.h"
#include "tests/unit/model/packed.h"

namespace ox::forward_test {

// ["app.access", 1500000000, {"message": "hi"}]
inline const std::string kMessage =
    from_hex("93aa6170702e616363657373ce59682f0081a76d657373616765a26869");
// The same a quarter of a second later, as EventTime.
inline const std::string kEventTime =
    from_hex("93aa6170702e616363657373d70059682f000ee6b28081a76d657373616765a26869");
// Two entries, a1 and a2; chunk c1.
inline const std::string kPacked = from_hex(
    "93a174c42792ce59682f0081a76d657373616765a16192d70059682f000ee6b28081a76d657373616765a162"
    "82a473697a6502a56368756e6ba26331");
inline const std::string kGzip = from_hex(
    "93a174c4311f8b08000000000002039b742e32439fa171796e6a7171627aeac2c449d71940227ccf36352044"
    "93001d7ee57b2700000083a473697a6502aa636f6d70726573736564a4677a6970a56368756e6ba26331");
inline const std::string kAck = from_hex("81a361636ba26331");

// [time, record]
inline std::string entry(std::uint32_t seconds, std::string_view json) {
  std::string out = "\x92\xce";
  char buffer[4];
  store_be(buffer, seconds);
  return out.append(buffer, 4) + packed(json);
}

// [tag, entries as a binary, {"chunk": chunk}]
inline std::string packed_forward(std::string_view tag, std::string_view entries,
                                  std::string_view chunk) {
  std::string out;
  pack_array_header(out, chunk.empty() ? 2 : 3);
  pack_text(out, tag);
  out += '\xc6';
  char buffer[4];
  store_be(buffer, static_cast<std::uint32_t>(entries.size()));
  out.append(buffer, 4).append(entries);
  if (chunk.empty()) return out;
  pack_map_header(out, 1);
  pack_text(out, "chunk");
  pack_text(out, chunk);
  return out;
}

}  // namespace ox::forward_test
