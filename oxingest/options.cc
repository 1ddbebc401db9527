#include "oxingest/options.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/cli11.h"
#include "common/base/options.h"
#include "common/ingest/front/option_value.h"
#include "proto/batch.h"

namespace ox {
namespace {

constexpr std::string_view kSchemeMark = "://";
// Leaves room in the largest event for its other keys and the longest names.
constexpr std::uint64_t kLargestMaxEvent = 15 * kMiB;
static_assert(kLargestMaxEvent + 4 * kKiB < kMaxEventBytes);
constexpr std::uint64_t kSmallestMaxEvent = 256;

Status check_range(std::string_view option, std::uint64_t value, std::uint64_t low,
                   std::uint64_t high) {
  if (value >= low && value <= high) return ok_status();
  return Status(Code::kInvalid,
                fmt::format("{}: {} is not between {} and {}", option, format_size(value),
                            format_size(low), format_size(high)));
}

Status check_name(std::string_view what, const std::string& name) {
  if (name.empty()) return Status(Code::kInvalid, fmt::format("{}: is empty", what));
  if (name.size() > kMaxNameBytes)
    return Status(Code::kInvalid,
                  fmt::format("{}: '{}' has more than {} bytes", what, name, kMaxNameBytes));
  return ok_status();
}

// What one option alone cannot tell.
Status check(const IngestOptions& options) {
  if (!options.has_live_sources() && options.files.empty())
    return Status(Code::kInvalid,
                  "nothing to read: give a TYPE for the lines of standard input, "
                  "files with -F, or an address for --http, --syslog-udp or another protocol");
  if (!options.type_name.empty() && !options.files.empty())
    return Status(Code::kInvalid,
                  fmt::format("both a TYPE ({}) and -F are given: give one", options.type_name));
  if (!options.type_name.empty()) OX_RETURN_IF_ERROR(check_name("TYPE", options.type_name));
  for (std::size_t i = 0; i < options.files.size(); ++i) {
    const FileSpec& file = options.files[i];
    OX_RETURN_IF_ERROR(check_name("--file: type", file.type));
    for (std::size_t k = 0; k < i; ++k)
      if (absolute_path(options.files[k].path) == absolute_path(file.path))
        return Status(Code::kInvalid, fmt::format("--file: {} is given twice", file.path));
  }
  // A PUSH socket would deal the events out among them.
  if (options.v3 && options.hosts.size() > 1)
    return Status(Code::kInvalid, "the old protocol is spoken to one --host only");
  OX_RETURN_IF_ERROR(options.http.check());
  if (options.v3 && !options.http.listeners.empty())
    return Status(Code::kInvalid,
                  "--http needs a link: over the old protocol nobody could be told that events "
                  "have arrived");
  if (options.v3 && !options.streams.listeners.empty())
    return Status(Code::kInvalid, fmt::format("{} needs a link: over the old protocol nobody tells "
                                              "what has arrived",
                                              options.streams.listeners.front().kind->option));
  if (options.v3 && !options.spool_path.empty())
    return Status(Code::kInvalid,
                  "--spool-path needs a link: nothing is kept for the old protocol");
  if (!options.spool_path.empty() && !options.has_live_sources())
    return Status(Code::kInvalid,
                  "--spool-path is for what is no followed file; those have --state-dir");
  OX_RETURN_IF_ERROR(check_name("--node-name", options.node_name));
  OX_RETURN_IF_ERROR(
      check_range("--batch-bytes", options.batch_bytes, 1 * kKiB, kMaxBatchBytes / 2));
  OX_RETURN_IF_ERROR(
      check_range("--max-event-size", options.max_event_size, kSmallestMaxEvent, kLargestMaxEvent));
  std::uint64_t spool_least = 2 * std::max(options.batch_bytes, options.max_event_size);
  OX_RETURN_IF_ERROR(check_range("--spool-memory", options.spool_memory, spool_least, kUnlimited));
  OX_RETURN_IF_ERROR(check_range("--spool-disk", options.spool_disk,
                                 4 * std::max(options.batch_bytes, options.max_event_size),
                                 kUnlimited));
  if (options.poll_interval < Millis(1))
    return Status(Code::kInvalid, "--poll-interval: must be at least 1ms");
  return ok_status();
}

// Sets `hosts`, and `v3` when they are of the old kind.
Status parse_hosts(const std::vector<std::string>& texts, IngestOptions& out) {
  bool v3 = out.v3;
  for (const std::string& text : texts) {
    bool names_kind = text.find(kSchemeMark) != std::string::npos;
    auto target = Target::parse(out.v3 && !names_kind ? "blueox://" + text : text);
    if (!target.ok()) return target.status().at("--host");
    bool is_old = target->kind == Target::Kind::kBlueox;
    if (out.v3 && !is_old)
      return Status(Code::kInvalid,
                    fmt::format("--v3 speaks to a collect address, not to {}", text));
    v3 = v3 || is_old;
    out.hosts.push_back(std::move(*target));
  }
  out.v3 = v3;
  return ok_status();
}

void declare(CommandLine& line, IngestOptions& out, std::vector<std::string>& hosts,
             int& verbosity) {
  CLI::App& app = line.app();
  app.add_option("type_name", out.type_name,
                 "Read events from standard input, one for each line, with this type")
      ->type_name("TYPE");
  app.add_option_function<std::vector<std::string>>(
         "-F,--file",
         [&out](const std::vector<std::string>& texts) {
           out.files.clear();
           for (const std::string& text : texts)
             out.files.push_back(value_of("--file", FileSpec::parse(text)));
         },
         "Follow this file from its end, through rotation and truncation; repeatable. The type is "
         "oxingest.<file name up to its first dot> unless given")
      ->type_name("[TYPE:]PATH")
      ->allow_extra_args(false);
  app.add_option("-H,--host", hosts,
                 "Collect address of the oxd to send to; repeatable: the next is used while those "
                 "before do not answer (default 127.0.0.1:3514)")
      ->type_name("HOST[:PORT]")
      ->allow_extra_args(false)
      ->envname("BLUEOX_HOST");
  app.add_flag(
      "--v3", out.v3,
      "Speak the old BlueOx protocol, for an oxd that has no link: nothing is acknowledged");
  line.add_size("--batch-bytes", out.batch_bytes, "Send a batch when it has this size (512KiB)");
  line.add_duration("--batch-delay", out.batch_delay, "Send an event after this time (5ms)");
  line.add_size("--spool-memory", out.spool_memory,
                "Hold this much that is not acknowledged, then stop reading (512MiB)");
  line.add_size("--spool-disk", out.spool_disk,
                "Keep this much that is not acknowledged in the state directory, and in "
                "--spool-path, then stop reading (512MiB)");
  app.add_option(
         "--spool-path", out.spool_path,
         "Keep what is no followed file here until it is acknowledged: a client's events "
         "are safe, and answered, when they are here (in memory; answered when acknowledged)")
      ->type_name("DIR");
  line.add_duration("--linger", out.linger,
                    "At the end, give up after this time without an acknowledgement (5s)");
  line.add_size("--max-event-size", out.max_event_size,
                "Cut longer lines into events of this size, marked \"partial\" (1MiB)");
  line.add_duration("--poll-interval", out.poll_interval,
                    "Look at followed files this often even when nothing tells of a change (1s)");
  app.add_option(
         "--state-dir", out.state_dir,
         "Where to keep how far files were read, and what is not acknowledged; off: nowhere "
         "(~/.local/state/oxingest, or /var/lib/oxingest for root)")
      ->type_name("DIR");
  app.add_option("--node-name", out.node_name, "The host of the events (this machine's name)")
      ->type_name("NAME");
  out.streams.declare(line);
  out.http.declare(line);
  app.add_flag("--print-ports", out.print_ports,
               "Write the ports as one line of JSON on stdout once everything listens");
  app.add_flag("-v,--verbose", verbosity, "Say more on stderr; twice: everything");
  line.add_config_file();
}

}  // namespace

std::optional<int> parse_options(int argc, const char* const* argv, IngestOptions& out) {
  CommandLine line("oxingest",
                   "Sends lines of text, and what comes over HTTP, syslog and other protocols, as "
                   "events to an oxd");
  int verbosity = 0;
  std::vector<std::string> hosts;
  declare(line, out, hosts, verbosity);
  if (auto code = line.parse(argc, argv)) return code;

  if (hosts.empty()) hosts.push_back(fmt::format("127.0.0.1:{}", kCollectPort));
  if (out.node_name.empty()) out.node_name = host_name();
  if (verbosity > 0) out.log_level = verbosity > 1 ? LogLevel::kDebug : LogLevel::kInfo;
  out.check_config = line.check_config();
  Status status = parse_hosts(hosts, out);
  if (status.ok()) status = check(out);
  if (!status.ok()) {
    line.complain(status.message());
    return out.check_config || !line.config_path().empty() ? kExitConfiguration : kExitUsage;
  }
  return std::nullopt;
}

}  // namespace ox
