#include "oxingest/options.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/options.h"
#include "proto/batch.h"

namespace ox {
namespace {

constexpr std::string_view kLinkScheme = "link://";
// Leaves room in the largest event for its other keys and the longest names.
constexpr std::uint64_t kLargestMaxEvent = 15 * kMiB;
static_assert(kLargestMaxEvent + 4 * kKiB < kMaxEventBytes);
constexpr std::uint64_t kSmallestMaxEvent = 256;

// CLI11 reports what these throw as an error of the option at hand.
template <typename T>
T value_of(const char* option, Result<T> result) {
  if (!result.ok()) throw CLI::ValidationError(option, result.status().message());
  return std::move(result).value();
}

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
  if (options.type_name.empty() && options.files.empty())
    return Status(Code::kInvalid,
                  "nothing to read: give a TYPE for the lines of standard input, "
                  "or files with -F");
  if (!options.type_name.empty() && !options.files.empty())
    return Status(Code::kInvalid,
                  fmt::format("both a TYPE ({}) and -F are given: give one", options.type_name));
  if (options.files.empty()) OX_RETURN_IF_ERROR(check_name("TYPE", options.type_name));
  for (std::size_t i = 0; i < options.files.size(); ++i) {
    const FileSpec& file = options.files[i];
    OX_RETURN_IF_ERROR(check_name("--file: type", file.type));
    for (std::size_t k = 0; k < i; ++k)
      if (options.files[k].path == file.path)
        return Status(Code::kInvalid, fmt::format("--file: {} is given twice", file.path));
  }
  // A PUSH socket would deal the events out among them.
  if (options.v3 && options.hosts.size() > 1)
    return Status(Code::kInvalid, "--v3 sends to one --host only");
  for (const IngestTarget& target : options.hosts) {
    std::string name = target.address.to_string();
    if (options.v3 && target.is_link)
      return Status(Code::kInvalid,
                    fmt::format("--v3 speaks to a collect address, not to link://{}", name));
    bool tcp = target.address.kind == Address::Kind::kTcp;
    if (!options.v3 && tcp && target.link().port == 0)
      return Status(Code::kInvalid, fmt::format("--host: there is no port above {}", name));
  }
  OX_RETURN_IF_ERROR(check_name("--node-name", options.node_name));
  OX_RETURN_IF_ERROR(
      check_range("--batch-bytes", options.batch_bytes, 1 * kKiB, kMaxBatchBytes / 2));
  OX_RETURN_IF_ERROR(
      check_range("--max-event-size", options.max_event_size, kSmallestMaxEvent, kLargestMaxEvent));
  std::uint64_t spool_least = 2 * std::max(options.batch_bytes, options.max_event_size);
  OX_RETURN_IF_ERROR(check_range("--spool-memory", options.spool_memory, spool_least, kUnlimited));
  if (options.poll_interval < Millis(1))
    return Status(Code::kInvalid, "--poll-interval: must be at least 1ms");
  return ok_status();
}

void declare(CommandLine& line, IngestOptions& out, int& verbosity) {
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
  app.add_option_function<std::vector<std::string>>(
         "-H,--host",
         [&out](const std::vector<std::string>& texts) {
           out.hosts.clear();
           for (const std::string& text : texts)
             out.hosts.push_back(value_of("--host", IngestTarget::parse(text)));
         },
         "Collect address of the oxd to send to; repeatable: the next is used while those before "
         "do not answer (default 127.0.0.1:3514)")
      ->type_name("HOST[:PORT]")
      ->allow_extra_args(false)
      ->envname("BLUEOX_HOST");
  app.add_flag(
      "--v3", out.v3,
      "Speak the old BlueOx protocol, for an oxd that has no link: nothing is acknowledged");
  line.add_size("--batch-bytes", out.batch_bytes, "Send a batch when it has this size (256KiB)");
  line.add_duration("--batch-delay", out.batch_delay, "Send an event after this time (5ms)");
  line.add_size("--spool-memory", out.spool_memory,
                "Hold this much that is not acknowledged, then stop reading (512MiB)");
  line.add_duration("--linger", out.linger,
                    "At the end, give up after this time without an acknowledgement (5s)");
  line.add_size("--max-event-size", out.max_event_size,
                "Cut longer lines into events of this size, marked \"partial\" (1MiB)");
  line.add_duration("--poll-interval", out.poll_interval,
                    "Look at followed files this often even when nothing tells of a change (1s)");
  app.add_option("--node-name", out.node_name, "The host of the events (this machine's name)")
      ->type_name("NAME");
  app.add_flag("-v,--verbose", verbosity, "Say more on stderr; twice: everything");
  line.add_config_file();
}

}  // namespace

Result<IngestTarget> IngestTarget::parse(const std::string& text) {
  IngestTarget target;
  std::string_view rest = text;
  if (rest.starts_with(kLinkScheme)) {
    target.is_link = true;
    rest.remove_prefix(kLinkScheme.size());
  }
  OX_ASSIGN_OR_RETURN(target.address,
                      Address::parse(rest, target.is_link ? kCollectPort + 1 : kCollectPort));
  bool tcp = target.address.kind == Address::Kind::kTcp;
  if (target.address.off() || (tcp && (target.address.host == "*" || target.address.port == 0)))
    return Status(Code::kInvalid, fmt::format("{} cannot be connected to", text));
  return target;
}

std::optional<int> parse_options(int argc, const char* const* argv, IngestOptions& out) {
  CommandLine line("oxingest", "Sends lines of text as events to an oxd");
  int verbosity = 0;
  declare(line, out, verbosity);
  if (auto code = line.parse(argc, argv)) return code;

  if (out.hosts.empty()) out.hosts.push_back({Address::tcp("127.0.0.1", kCollectPort), false});
  if (out.node_name.empty()) out.node_name = host_name();
  if (verbosity > 0) out.log_level = verbosity > 1 ? LogLevel::kDebug : LogLevel::kInfo;
  out.check_config = line.check_config();
  if (Status status = check(out); !status.ok()) {
    line.complain(status.message());
    return out.check_config || !line.config_path().empty() ? kExitConfiguration : kExitUsage;
  }
  return std::nullopt;
}

}  // namespace ox
