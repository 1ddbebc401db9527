#pragma once
// Events of eventlog's client library as Cap'n Proto messages (capnproto.org/encoding.html), of the
// struct whose members have the names that its JSON has:
//
//   struct Event { name @0 :Text; tstamp @1 :Float64; version @2 :Float32; level @3 :Int16;
//     host @4 :Text; pid @5 :UInt32; site @6 :Text; cluster @7 :Text; target @8 :Text;
//     message @9 :Text; value @10 :Float64; duration @11 :Float64; reqId @12 :Text; user @13 :Text;
//     session @14 :Text; codeFile @15 :Text; codeLine @16 :UInt32; codeFunc @17 :Text;
//     tags @18 :List(Text); fields @19 :List(Field); }
//   struct Field { name @0 :Text; union { sval @1 :Text; ival @2 :Int64; fval @3 :Float64; bval @4
// :Bool; } }
#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace ox {

// Whether a stream or datagram that begins so has such messages, one behind the other: the table of
// one segment, of up to max_bytes. Needs kCapnpMark bytes to tell.
bool looks_like_capnp(std::string_view bytes, std::size_t max_bytes);
inline constexpr std::size_t kCapnpMark = 8;

// The length of the message at the front, segment table included. Errors: kUnavailable (the table
// is not all there), kTooLarge (over max_bytes), kCorrupt.
Result<std::size_t> capnp_message_size(std::string_view bytes, std::size_t max_bytes);

// Appends the event of one whole message as the MessagePack map that its JSON would be, without
// what is zero or absent. Error, with `out` as it was: kCorrupt.
Status append_capnp_event(std::string_view message, std::string& out);

}  // namespace ox
