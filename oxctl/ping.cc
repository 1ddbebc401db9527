#include <fmt/format.h>

#include "common/base/log.h"
#include "oxctl/commands.h"
#include "oxctl/node_status.h"
#include "oxctl/terminal.h"
#include "oxctl/units.h"
#include "proto/control.h"

namespace ox {
namespace {

std::string millis(MonoTime time) { return fmt::format("{:.3f} ms", to_seconds(time) * 1000); }

// " name, oxd 0.1.0, boot id ...", as far as the node tells.
std::string who_answered(const msgpack::object& reply) {
  std::string who;
  auto add = [&](const char* what, const std::string& text) {
    if (!text.empty()) who += fmt::format("  {}{}", what, text);
  };
  add("node ", node_label(find_key(reply, "node")));
  add("version ", shown_text(reply, "version"));
  add("boot id ", shown_text(reply, "boot_id"));
  return who;
}

}  // namespace

// Asks twice on one connection: the first answer has the time to connect in it. A BlueOx oxd does
// not know PING, and answers that; it is alive all the same.
int run_ping(Session& session) {
  const Clock& clock = Clock::system();
  log_info("asking {}", session.host_text());
  const std::string request = encode_control_request(control::kPing);
  ControlExchange exchange(session.context(), session.host());
  auto exchange_once = [&](MonoTime& took) -> Result<ControlReply> {
    const MonoTime start = clock.mono();
    OX_RETURN_IF_ERROR(exchange.send(request));
    auto reply = exchange.wait(kControlTimeout);
    took = clock.mono() - start;
    return reply;
  };
  MonoTime first{};
  MonoTime second{};
  Result<ControlReply> reply = exchange_once(first);
  if (reply.ok()) reply = exchange_once(second);
  if (session.options().raw || !reply.ok() || !reply.value().error())
    return session.show(reply, [&](const ControlReply& answer) -> Result<std::string> {
      return fmt::format("{} answered in {} (the first time in {}){}\n", session.host_text(),
                         millis(second), millis(first), who_answered(answer.map()));
    });
  Status written = write_out(fmt::format(
      "{} answered in {} (the first time in {})  an oxd without PING, perhaps of BlueOx\n",
      session.host_text(), millis(second), millis(first)));
  return written.ok() ? 0 : session.fail(written);
}

}  // namespace ox
