#include <csignal>
#include <cstdio>

#include <fmt/format.h>

#include "common/base/exit_codes.h"
#include "common/base/heap.h"
#include "common/base/log.h"
#include "common/base/signals.h"
#include "oxd/daemon.h"
#include "oxd/options.h"

int main(int argc, char** argv) {
  ox::DaemonOptions options;
  if (auto code = ox::parse_options(argc, argv, options)) return *code;
  ox::keep_freed_buffers();
  ox::set_log_level(options.log_level);
  ox::Signals signals({SIGTERM, SIGINT, SIGHUP});
  ox::Daemon daemon(options, signals, [&]() -> std::optional<ox::DaemonOptions> {
    ox::DaemonOptions fresh;
    if (ox::parse_options(argc, argv, fresh)) return std::nullopt;
    return fresh;
  });
  if (ox::Status status = daemon.open(); !status.ok()) {
    fmt::print(stderr, "oxd: {}\n", status.message());
    return ox::kExitConfiguration;
  }
  daemon.run();
  return ox::kExitOk;
}
