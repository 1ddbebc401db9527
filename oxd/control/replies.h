#pragma once
// Replies of the control socket as MessagePack (proto/README.md, "Control").
#include <cstdint>
#include <string>
#include <vector>

#include "oxd/control/node_control.h"

namespace ox {

std::string status_reply(const NodeStatus& status);
std::string port_reply(std::uint16_t port);             // {port}
std::string ping_reply(const NodeIdentity& identity);   // {ok, node, boot_id, version}
std::string ok_reply();                                 // {ok: true}
std::string log_level_reply(const std::string& level);  // {ok: true, level}
std::string forward_reply(const std::vector<OutputStatus>& targets);  // {ok: true, targets: [...]}

}  // namespace ox
