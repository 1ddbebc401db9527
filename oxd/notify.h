#pragma once
#include <string_view>

namespace ox {

// Tells the service manager, when one started us (sd_notify(3): a datagram to $NOTIFY_SOCKET), for
// example "READY=1". Silent when there is none.
void notify_service_manager(std::string_view state);

}  // namespace ox
