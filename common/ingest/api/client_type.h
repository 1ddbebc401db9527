#pragma once
// Types of events that their senders choose.
#include <string>
#include <string_view>

namespace ox {

// `text`, as a client wrote it, as the type of an event, in `out`: blanks, control characters and what
// is no UTF-8 become '_', dots at the ends go, 63 bytes stay. `otherwise` when nothing does.
void make_client_type(std::string_view text, std::string_view otherwise, std::string& out);

}  // namespace ox
