#include "oxd/options.h"

#include <cstdlib>
#include <map>

#include <fmt/format.h>

#include "common/base/cli11.h"
#include "common/base/file_system.h"
#include "common/base/options.h"
#include "oxd/forward/optional_targets.h"
#include "proto/batch.h"

namespace ox {
namespace {

constexpr int kStreamFirst = 35000;
constexpr int kStreamEnd = 36000;

const std::map<std::string, WhenFull>& when_full_names() {
  static const std::map<std::string, WhenFull> names = {{"block", WhenFull::kBlock},
                                                        {"drop-oldest", WhenFull::kDropOldest},
                                                        {"drop-newest", WhenFull::kDropNewest}};
  return names;
}

// An address of this machine out of a variable that clients use as well, and that may therefore
// name another machine: then we listen on loopback, with the variable's port.
Result<Address> local_address(const char* variable, const char* text, std::uint16_t default_port,
                              std::vector<std::string>& warnings) {
  auto address = Address::parse(text, default_port);
  if (!address.ok()) return address.status().at(variable);
  if (address->kind != Address::Kind::kTcp || is_local_host(address->host)) return address;
  Address loopback = Address::tcp("127.0.0.1", address->port);
  warnings.push_back(fmt::format("{} names {}, which is no address of this machine: {} is used",
                                 variable, address->host, loopback.to_string()));
  return loopback;
}

// The options whose text needs more than CLI11 knows. A flag, then the environment, then the file.
struct RawOptions {
  std::vector<std::string> forward;
  std::vector<int> stream_range;
  std::string link;
  std::string forward_mode = "failover";
  std::string in_doubt = "move";
  std::string when_full = "block";
  std::string sync = "commit";
  int verbose = 0;
};

void add_addresses(CommandLine& line, DaemonOptions& out, RawOptions& raw) {
  line.add_address("-t,--control", out.control, kControlPort,
                   "Where oxctl and oxview ask [127.0.0.1:3513]")
      ->group("Sockets");
  line.add_address("-c,--collect", out.collect, kCollectPort,
                   "Where BlueOx clients and old oxds send [127.0.0.1:3514]")
      ->group("Sockets");
  line.app()
      .add_option("--link", raw.link,
                  "Where acknowledged batches arrive [collect's host, one port above it]")
      ->type_name("HOST:PORT")
      ->group("Sockets");
  line.app()
      .add_option("--stream-range", raw.stream_range,
                  "Ports for the live streams, MAX not included [35000 36000]")
      ->expected(2)
      ->type_name("MIN MAX")
      ->group("Sockets");
  line.app()
      .add_flag("--require-auth", out.require_auth,
                "Refuse to listen where anyone who reaches a socket may send")
      ->group("Sockets");
  line.app()
      .add_flag("--no-remote-shutdown", out.no_remote_shutdown, "Refuse oxctl's shutdown")
      ->group("Sockets");
}

void add_outputs(CommandLine& line, DaemonOptions& out, RawOptions& raw) {
  line.app()
      .add_option("-r,--forward", raw.forward,
                  "Forward to this oxd, named by its collect address; again for one that takes "
                  "over. link://HOST:PORT names a link, blueox://HOST[:PORT] an old oxd. With "
                  "--forward-mode copy, TARGET,optional may miss events when the spool is full")
      ->type_name("TARGET")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group("Outputs");
  line.app()
      .add_option("--forward-mode", raw.forward_mode,
                  "With several targets: failover (one gets everything), copy (all do) or shard "
                  "(each type goes to one) [failover]")
      ->type_name("MODE")
      ->group("Outputs");
  line.app()
      .add_option("--failover-in-doubt", raw.in_doubt,
                  "Batches that a lost target may have: move them to the next, and count them, or "
                  "wait for the target [move]")
      ->type_name("WHAT")
      ->group("Outputs");
  line.app()
      .add_option("-l,--log-path", out.log_path, "Write log files below this directory")
      ->type_name("DIR")
      ->group("Outputs");
  line.app()
      .add_option("--rotate-hours", out.rotate_hours,
                  "Start a file every N hours, 1 to 12, instead of every day")
      ->check(CLI::Range(1, 12))
      ->type_name("N")
      ->group("Outputs");
  line.add_duration("--compress-after", out.compress_after,
                    "Compress log files (.zst) so long after their day is over [never]")
      ->group("Outputs");
  line.app()
      .add_option("--retain-days", out.retain_days,
                  "Remove log files so many days after their own [never]")
      ->check(CLI::Range(1, 100'000))
      ->type_name("N")
      ->group("Outputs");
  line.add_size("--retain-bytes", out.retain_bytes,
                "Remove the oldest log files of past days when all take more [unlimited]")
      ->group("Outputs");
  line.app()
      .add_option("--max-types", out.max_types,
                  "Types with files of their own; the others go to _overflow [10000]")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N")
      ->group("Outputs");
}

void add_spool(CommandLine& line, DaemonOptions& out, RawOptions& raw) {
  line.app()
      .add_option("--spool-path", out.spool_path,
                  "Keep what waits in this directory, so that it outlives the process [in memory; "
                  "with --log-path: DIR/.oxd]")
      ->type_name("DIR")
      ->group("Spool");
  line.add_size("--spool-memory", out.spool_memory, "Memory for batches that wait [512MiB]")
      ->group("Spool");
  line.add_size("--spool-disk", out.spool_disk, "Disk for batches that wait [unlimited]")
      ->group("Spool");
  line.app()
      .add_option("--sync", raw.sync,
                  "Acknowledge what is on the disk (commit), or what the system was given (none) "
                  "[commit]")
      ->type_name("WHEN")
      ->group("Spool");
  line.app()
      .add_option("--dead-letter-path", out.dead_letter_path,
                  "Keep batches here that a target refuses for what they are [SPOOL/dead-letter]")
      ->type_name("DIR")
      ->group("Spool");
  line.app()
      .add_option("--when-full", raw.when_full,
                  "When it is used up: block, drop-oldest or drop-newest [block]")
      ->type_name("POLICY")
      ->group("Spool");
  line.add_size("--batch-bytes", out.batch_bytes, "Seal a batch at this size [512KiB]")
      ->group("Spool");
  line.add_duration("--batch-delay", out.batch_delay,
                    "Seal a batch at the latest this long after its first event [5ms]")
      ->group("Spool");
  line.add_size("--max-event-size", out.max_event_size,
                "Refuse larger events, and count them [4MiB]")
      ->group("Spool");
  line.add_duration("--linger", out.linger, "Time that a stop has to hand on what waits [5s]")
      ->group("Spool");
}

void add_node(CommandLine& line, DaemonOptions& out, RawOptions& raw) {
  line.app()
      .add_option("--node-name", out.node_name, "What this node is called [the machine's name]")
      ->type_name("NAME");
  line.app()
      .add_option("--state-dir", out.state_dir, "Where the node keeps its identity")
      ->type_name("DIR");
  line.app().add_flag("--print-ports", out.print_ports,
                      "Write the ports as one line of JSON on stdout once everything listens");
  line.app().add_flag("-v,--verbose", raw.verbose, "Log more on stderr; twice for everything");
}

Status in_range(const char* name, std::uint64_t value, std::uint64_t least, std::uint64_t most) {
  if (value >= least && value <= most) return ok_status();
  return Status(Code::kInvalid, fmt::format("{}: must be from {} to {}", name, format_size(least),
                                            format_size(most)));
}

Status finish(const RawOptions& raw, DaemonOptions& out) {
  if (!raw.link.empty()) {
    auto link = Address::parse(raw.link, kCollectPort + 1);
    if (!link.ok()) return link.status().at("--link");
    out.link = *link;
  }
  for (const std::string& text : raw.forward) {
    auto target = Target::parse_forward(text);
    if (!target.ok()) return target.status().at("--forward");
    for (const Target& other : out.forward)
      if (other.same_as(*target))
        return Status(Code::kInvalid, fmt::format("--forward: {} is named twice", text));
    out.forward.push_back(*target);
  }
  static const std::map<std::string, ForwardMode> modes = {{"failover", ForwardMode::kFailover},
                                                           {"copy", ForwardMode::kCopy},
                                                           {"shard", ForwardMode::kShard}};
  auto mode = modes.find(raw.forward_mode);
  if (mode == modes.end())
    return Status(Code::kInvalid,
                  fmt::format("--forward-mode: \"{}\" is none of failover, copy and shard",
                              raw.forward_mode));
  out.forward_mode = mode->second;
  OX_RETURN_IF_ERROR(
      check_targets(out.forward, out.forward_mode, !out.log_path.empty()).at("--forward"));
  if (raw.in_doubt != "move" && raw.in_doubt != "wait")
    return Status(
        Code::kInvalid,
        fmt::format("--failover-in-doubt: \"{}\" is neither move nor wait", raw.in_doubt));
  out.in_doubt = raw.in_doubt == "move" ? InDoubt::kMove : InDoubt::kWait;
  if (!raw.stream_range.empty()) {
    out.stream_first = raw.stream_range[0];
    out.stream_end = raw.stream_range[1];
    if (out.stream_first < kStreamFirst || out.stream_end > kStreamEnd ||
        out.stream_first >= out.stream_end)
      return Status(Code::kInvalid,
                    fmt::format("--stream-range: must be MIN MAX with {} <= MIN < MAX <= {}",
                                kStreamFirst, kStreamEnd));
  }
  auto policy = when_full_names().find(raw.when_full);
  if (policy == when_full_names().end())
    return Status(Code::kInvalid,
                  fmt::format("--when-full: \"{}\" is none of block, drop-oldest and drop-newest",
                              raw.when_full));
  out.when_full = policy->second;
  if (raw.sync != "commit" && raw.sync != "none")
    return Status(Code::kInvalid,
                  fmt::format("--sync: \"{}\" is neither commit nor none", raw.sync));
  out.sync = raw.sync == "commit" ? SyncMode::kCommit : SyncMode::kNone;
  bool on_disk = !out.spool_directory().empty();
  if (on_disk && out.when_full == WhenFull::kDropOldest)
    return Status(Code::kInvalid,
                  "--when-full: drop-oldest is for a spool in memory; what is on disk was "
                  "acknowledged and is kept");
  if (out.log_path.empty() && !out.keep_options().idle())
    return Status(Code::kInvalid,
                  "--compress-after, --retain-days and --retain-bytes: are for log files; give a "
                  "--log-path");
  if (out.spool_disk < 16 * kMiB)
    return Status(Code::kInvalid, "--spool-disk: must be at least 16 MiB");
  OX_RETURN_IF_ERROR(in_range("--batch-bytes", out.batch_bytes, 1 * kKiB, kMaxBatchBytes / 2));
  OX_RETURN_IF_ERROR(in_range("--max-event-size", out.max_event_size, 1 * kKiB, kMaxEventBytes));
  if (out.spool_memory < 64 * kKiB)
    return Status(Code::kInvalid, "--spool-memory: must be at least 64 KiB");
  if (out.node_name.size() > 255)
    return Status(Code::kInvalid, "--node-name: must not be longer than 255 bytes");
  if (out.node_name.empty()) out.node_name = host_name();
  Address link = out.link_address();
  if (!out.link && out.collect.kind == Address::Kind::kTcp && out.collect.port == 65535)
    return Status(Code::kInvalid, "--collect: there is no port above for the link; give --link");
  for (const auto& [name, address] : {std::pair{"collect", out.collect}, std::pair{"link", link}}) {
    if (address.loopback()) continue;
    out.warnings.push_back(
        fmt::format("anyone who reaches {} may send events ({})", address.to_string(), name));
  }
  if (out.require_auth && !out.warnings.empty()) {
    for (const std::string& warning : out.warnings)
      if (warning.starts_with("anyone"))
        return Status(Code::kUnsupported, "--require-auth: " + warning);
  }
  if (!out.collect.loopback() && out.control.loopback() && !out.control.off())
    out.warnings.push_back(
        "control and the live streams listen on this machine only: give --control as well to use "
        "oxview and oxctl from another one");
  return ok_status();
}

LogLevel level_of(int verbose) {
  if (verbose <= 0) return LogLevel::kWarning;
  return verbose == 1 ? LogLevel::kInfo : LogLevel::kDebug;
}

}  // namespace

Address DaemonOptions::link_address() const {
  if (link) return *link;
  if (collect.kind == Address::Kind::kTcp && collect.port == 0)
    return Address::tcp(collect.host, 0);
  return collect.neighbour(1, ".link");
}

LogKeeperOptions DaemonOptions::keep_options() const {
  return {.directory = log_path,
          .compress_after = compress_after,
          .retain_days = retain_days,
          .retain_bytes = retain_bytes};
}

std::string DaemonOptions::spool_directory() const {
  if (!spool_path.empty() || log_path.empty()) return spool_path;
  return join_path(log_path, ".oxd");
}

std::string DaemonOptions::dead_letter_directory() const {
  std::string spool = spool_directory();
  if (!dead_letter_path.empty() || spool.empty()) return dead_letter_path;
  return join_path(spool, "dead-letter");
}

std::string_view when_full_name(WhenFull policy) {
  for (const auto& [name, value] : when_full_names())
    if (value == policy) return name;
  return "unknown";
}

std::optional<int> parse_options(int argc, const char* const* argv, DaemonOptions& out) {
  CommandLine line("oxd", "Collects, forwards and keeps events.");
  RawOptions raw;
  add_addresses(line, out, raw);
  add_outputs(line, out, raw);
  add_spool(line, out, raw);
  add_node(line, out, raw);
  line.add_config_file();

  struct Variable {
    const char* name;
    const char* option;
    std::uint16_t port;
  };
  for (const Variable& variable : {Variable{"BLUEOX_CLIENT_HOST", "--control", kControlPort},
                                   Variable{"BLUEOX_HOST", "--collect", kCollectPort}}) {
    const char* text = std::getenv(variable.name);
    if (text == nullptr || *text == '\0') continue;
    auto address = local_address(variable.name, text, variable.port, out.warnings);
    if (!address.ok()) {
      line.complain(address.status().message());
      return kExitUsage;
    }
    line.set_environment_value(variable.option, address->to_string());
  }

  if (auto code = line.parse(argc, argv)) return code;
  if (Status status = finish(raw, out); !status.ok()) {
    bool from_file = line.in_config_file(status.message().substr(0, status.message().find(':')));
    bool configuration = from_file || line.check_config() || status.code() == Code::kUnsupported;
    line.complain((from_file ? line.config_path() + ": " : "") + status.message());
    return configuration ? kExitConfiguration : kExitUsage;
  }
  out.log_level = level_of(raw.verbose);
  if (line.check_config()) return kExitOk;
  return std::nullopt;
}

}  // namespace ox
