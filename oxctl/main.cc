#include <array>
#include <string_view>
#include <utility>

#include "common/base/exit_codes.h"
#include "oxctl/commands.h"

int main(int argc, char** argv) {
  using Command = int (*)(ox::Session&);
  constexpr std::array<std::pair<std::string_view, Command>, 13> kCommands = {{
      {"status", ox::run_status},
      {"ping", ox::run_ping},
      {"shutdown", ox::run_shutdown},
      {"flush", ox::run_flush},
      {"forward", ox::run_forward},
      {"log-level", ox::run_log_level},
      {"top", ox::run_top},
      {"spool", ox::run_spool},
      {"store", ox::run_store},
      {"stream", ox::run_socket_address},
      {"collect", ox::run_socket_address},
      {"link", ox::run_socket_address},
      {"tail", ox::run_socket_address},
  }};
  ox::CtlOptions options;
  if (auto code = ox::parse_ctl_options(argc, argv, options)) return *code;
  ox::Session session(options);
  for (const auto& [name, run] : kCommands) {
    if (name == options.command) return run(session);
  }
  return ox::kExitUsage;  // the parser knows no other command
}
