#include "oxview/http_view_options.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "common/base/cli11.h"
#include "common/base/options.h"
#include "common/ingest/front/option_value.h"
#include "common/read/read_apis.h"

namespace ox {
namespace {

constexpr std::uint64_t kMostScanThreads = 64;

// "API=PATTERN[,PATTERN...]".
Result<std::pair<std::string, std::vector<TypePattern>>> parse_types(std::string_view text) {
  const std::size_t mark = text.find('=');
  const std::string api(text.substr(0, mark));
  if (mark == std::string_view::npos || !is_read_api(api))
    return Status(Code::kInvalid, fmt::format("'{}' does not begin with one of {} and '='", text,
                                              read_api_words()));
  std::vector<TypePattern> out;
  std::string_view list = text.substr(mark + 1);
  while (true) {
    const std::size_t comma = std::min(list.find(','), list.size());
    OX_ASSIGN_OR_RETURN(TypePattern pattern, TypePattern::parse(list.substr(0, comma)));
    out.push_back(std::move(pattern));
    if (comma == list.size()) break;
    list.remove_prefix(comma + 1);
  }
  return std::pair(api, std::move(out));
}

Result<Target> parse_link(std::string_view text) {
  OX_ASSIGN_OR_RETURN(Target target, Target::parse(text));
  if (target.kind != Target::Kind::kLink)
    return Status(Code::kInvalid, "events over HTTP need a link: only it acknowledges them");
  return target;
}

}  // namespace

void HttpViewOptions::declare(CommandLine& line) {
  declare_listeners(line,
                    "With --log-path: serve the log files here (port 8080 unless given) to clients "
                    "that read over "
                    "HTTP, every API by its path; repeatable. profile=pbu: in the place of a PBU "
                    "log server, with "
                    "its port 4999; tls: with --tls-cert and --tls-key");
  CLI::App& app = line.app();
  app.add_option_function<std::vector<std::string>>(
         "--types",
         [this](const std::vector<std::string>& texts) {
           shown_types.clear();
           for (const std::string& text : texts) {
             auto [api, patterns] = value_of("--types", parse_types(text));
             shown_types.insert_or_assign(std::move(api), std::move(patterns));
           }
         },
         "With --http: which events an API shows, by their types, as -n has them: "
         "\"chronologer=app.*,web\" (those of the type that is the API's name); repeatable")
      ->type_name("API=TYPE[,TYPE...]")
      ->allow_extra_args(false);
  app.add_option_function<std::vector<std::string>>(
         "--ingest",
         [this](const std::vector<std::string>& texts) {
           ingest.clear();
           for (const std::string& text : texts)
             ingest.push_back(value_of("--ingest", parse_link(text)));
         },
         "With --http: take events there as well, as oxingest does, for the oxd with this collect "
         "address; repeatable: the next is used while those before do not answer")
      ->type_name("HOST[:PORT]")
      ->allow_extra_args(false);
  declare_ingest(line);
  app.add_option("--scan-threads", scan_threads,
                 "With --http: so many requests read log files at a time (2)")
      ->type_name("N")
      ->check(CLI::Range(std::uint64_t{1}, kMostScanThreads));
  line.add_duration("--query-timeout", query_timeout,
                    "With --http: a request that takes longer is answered 503 (60s)");
  app.add_flag("--print-ports", print_ports,
               "With --http: write the ports as one line of JSON on stdout once they listen");
}

Status HttpViewOptions::check() const {
  OX_RETURN_IF_ERROR(HttpOptions::check());
  if (listeners.empty() && (!shown_types.empty() || print_ports || !ingest.empty()))
    return Status(Code::kInvalid, "--types, --ingest and --print-ports are for --http");
  if (ingest.empty() && (!types.empty() || record_ids))
    return Status(Code::kInvalid, "--type and --record-ids are for --ingest");
  if (!listeners.empty() && log_path.empty())
    return Status(Code::kInvalid, "--http needs --log-path: the directory that it serves");
  if (query_timeout < Millis(1))
    return Status(Code::kInvalid, "--query-timeout: must be at least 1ms");
  return ok_status();
}

}  // namespace ox
