#pragma once
#include <string>

#include <msgpack.hpp>

#include "proto/utf8.h"

namespace ox {

// Appends the line that --pretty puts above an event, without a line end:
//   === request.db (59682f000000@web-1:4242)  (250 ms)
// The id is cut to 12 characters; the duration is in milliseconds below two seconds, else in
// seconds. When one of type, id, host, pid, start and end is missing: "=== <type> (<id>)", with "?"
// for what is not there.
void append_event_header(std::string& out, const msgpack::object& event, Controls controls);

}  // namespace ox
