#pragma once
// What Python's logging.handlers.SocketHandler and DatagramHandler send: a length of four bytes,
// big-endian, and the pickle of a record's dict. Reading a pickle can run any code of the sender's,
// so that nobody does here; it is recognised to tell whoever looks for their events.
#include <string_view>

namespace ox {

// What is wrong; the protocol adds what to use in its place.
inline constexpr std::string_view kPickleRefused =
    "Python's SocketHandler and DatagramHandler send pickles, which are never read, as those can "
    "run any code";

// Bytes that tell one: below that, begins_like_pickle() cannot say yes.
inline constexpr std::size_t kPickleMarkBytes = 6;

// `bytes`: the first of a connection or datagram. True when they are such a length, and behind it the
// beginning of a dict or a protocol of pickle.
bool begins_like_pickle(std::string_view bytes);

}  // namespace ox
