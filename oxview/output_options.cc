#include "oxview/output_options.h"

#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "common/base/cli11.h"
#include "common/base/options.h"

namespace ox {
namespace {

constexpr std::string_view kTemplatePrefix = "template=";

struct NamedFormat {
  std::string_view name;
  FormatSpec::Kind kind;
};

constexpr std::array<NamedFormat, 5> kFormats = {{{"json", FormatSpec::Kind::kJson},
                                                  {"pretty", FormatSpec::Kind::kPretty},
                                                  {"short", FormatSpec::Kind::kShort},
                                                  {"csv", FormatSpec::Kind::kCsv},
                                                  {"msgpack", FormatSpec::Kind::kMsgpack}}};

Status parse_format(const std::string& text, FormatSpec& spec) {
  for (const NamedFormat& known : kFormats) {
    if (text != known.name) continue;
    spec.kind = known.kind;
    return ok_status();
  }
  if (!text.starts_with(kTemplatePrefix))
    return Status(Code::kInvalid, "--output: '" + text +
                                      "' is none of json, pretty, short, csv, msgpack and "
                                      "template=TEXT");
  auto parsed = EventTemplate::parse(std::string_view(text).substr(kTemplatePrefix.size()));
  if (!parsed.ok()) return parsed.status().at("--output template");
  spec.kind = FormatSpec::Kind::kTemplate;
  spec.text = std::move(*parsed);
  return ok_status();
}

}  // namespace

void OutputOptions::declare(CommandLine& line) {
  auto not_empty = [](const std::string& text) {
    return text.empty() ? std::string("must not be empty") : std::string();
  };
  CLI::App& app = line.app();
  app.add_option("-o,--output", output,
                 "How events look: json, a line each (default); pretty, as --pretty; short, a line "
                 "for people; csv; msgpack, as they are stored; template=TEXT, with fields in it, "
                 "such as 'template={ts} {host}: {body.user}' ({{ and }} are braces)")
      ->type_name("FORMAT")
      ->check(not_empty);
  app.add_option("--fields", fields,
                 "Only these of each event, with commas between them: id, type, host, pid, start, "
                 "end, ts, duration, level, name, message, body, body.KEY, body->>'$.KEY[0].KEY'")
      ->type_name("LIST")
      ->check(not_empty);
  app.add_option(
         "--color", colour,
         "Colours for levels (short, pretty) and for what --grep finds (json, short): auto, "
         "on a terminal and without NO_COLOR in the environment; always; never")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_flag("--no-pager", no_pager,
               "Do not show what is longer than the terminal with $OXVIEW_PAGER, $PAGER or less");
  app.add_flag("--no-progress", no_progress,
               "Do not tell on the terminal how far a long search of log files has come");
  app.add_flag("-p,--pretty", pretty, "A header line and indented JSON for each event");
  app.add_flag("--json", json)->group("");  // BlueOx once had it; JSON is what there is anyway
}

bool OutputOptions::colours(bool terminal) const {
  if (colour != "auto") return colour == "always";
  auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string_view(value == nullptr ? "" : value);
  };
  return terminal && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
}

Result<FormatSpec> OutputOptions::check() const {
  FormatSpec spec;
  if (!output.empty()) OX_RETURN_IF_ERROR(parse_format(output, spec));
  if (pretty) {
    if (!output.empty() && spec.kind != FormatSpec::Kind::kPretty)
      return Status(Code::kInvalid, "--pretty and --output exclude each other");
    spec.kind = FormatSpec::Kind::kPretty;
  }
  if (fields.empty()) return spec;
  if (spec.kind == FormatSpec::Kind::kShort || spec.kind == FormatSpec::Kind::kTemplate)
    return Status(Code::kInvalid,
                  "--fields goes with json, pretty, csv and msgpack; --output " +
                      std::string(spec.kind == FormatSpec::Kind::kShort ? "short" : "template") +
                      " has its own");
  auto parsed = parse_event_fields(fields);
  if (!parsed.ok()) return parsed.status().at("--fields");
  spec.fields = std::move(*parsed);
  return spec;
}

}  // namespace ox
