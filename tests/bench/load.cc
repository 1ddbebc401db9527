// Sends events of a workload as fast as a target takes them, over v3 or over the link: the sending end of
// the benchmarks. Prints a line of JSON: when the first one went (by the monotonic clock), how long that took, the
// events' bytes, and what CPU it took itself, which tells whether it was the sender that was slow.
#include "tests/bench/load.h"

#include <map>
#include <string>

#include <fmt/format.h>

#include "common/base/cli11.h"
#include "common/base/clock.h"
#include "common/base/options.h"
#include "common/link/target.h"
#include "tests/bench/process_cpu.h"

namespace ox {
namespace {

int run_load(int argc, char** argv) {
  const std::map<std::string, WorkloadKind> kinds = {{"web", WorkloadKind::kWeb},
                                                     {"json", WorkloadKind::kJson},
                                                     {"counter", WorkloadKind::kCounter},
                                                     {"traceback", WorkloadKind::kTraceback}};
  std::string target_text;
  std::string kind = "web";
  WorkloadOptions workload_options;
  LoadOptions options;
  CommandLine line("bench_load", "Sends events as fast as they are taken.");
  line.app()
      .add_option("target", target_text, "blueox://HOST:PORT, or HOST:PORT for the link above it")
      ->required();
  line.app().add_option("--events", options.events, "How many")->check(CLI::PositiveNumber);
  line.app().add_option("--workload", kind, "Which")->check(CLI::IsMember(kinds));
  line.app().add_option("--size", workload_options.event_bytes,
                        "Bytes of each event; 0: as long as such events are");
  line.app().add_option("--types", workload_options.types, "How many types");
  line.app()
      .add_option("--senders", options.senders, "How many connections, which send in turn")
      ->check(CLI::Range(1, 1000));
  if (auto code = line.parse(argc, argv)) return *code;
  workload_options.kind = kinds.at(kind);
  const auto target = Target::parse(target_text);
  const auto workload = Workload::make(workload_options);
  if (!target.ok() || !workload.ok()) {
    line.complain(target.ok() ? workload.status().message() : target.status().message());
    return kExitUsage;
  }
  const auto sender = target->kind == Target::Kind::kBlueox
                          ? make_v3_load(target->address, *workload, options)
                          : make_link_load(target->address, *workload, options);
  const MonoTime started = Clock::system().mono();
  const double cpu_before = process_cpu_seconds();
  const Status status = sender->send();
  if (!status.ok()) {
    line.complain(status.message());
    return kExitFailed;
  }
  fmt::print(
      "{{\"began\": {:.6f}, \"seconds\": {:.6f}, \"cpu_seconds\": {:.6f}, \"events\": {}, "
      "\"bytes\": {}}}\n",
      to_seconds(started), to_seconds(Clock::system().mono() - started),
      process_cpu_seconds() - cpu_before, options.events, workload->total_bytes(options.events));
  return kExitOk;
}

}  // namespace
}  // namespace ox

int main(int argc, char** argv) { return ox::run_load(argc, argv); }
