#include "oxview/query_options.h"

#include <utility>

#include "common/base/cli11.h"
#include "common/base/options.h"

namespace ox {

void QueryViewOptions::declare(CommandLine& line) {
  auto not_empty = [](const std::string& text) {
    return text.empty() ? std::string("must not be empty") : std::string();
  };
  CLI::App& app = line.app();
  app.add_option("--where", where,
                 "Only events of which this SQL expression is true, such as \"level >= 40 AND "
                 "body->>'user' = 'bob'\": files, live events and standard input alike")
      ->type_name("EXPR")
      ->check(not_empty);
  app.add_option(
         "--sql", sql,
         "The rows of this SELECT over the table events, a line of JSON each: of files, live "
         "events and standard input alike. What needs all events, such as count(*), comes "
         "at their end: live, that is a signal")
      ->type_name("SELECT")
      ->check(not_empty);
}

Status QueryViewOptions::check() {
  if (!where.empty() && !sql.empty())
    return Status(Code::kInvalid, "--where and --sql exclude each other: WHERE is part of SELECT");
  if (where.empty()) return ok_status();
  auto compiled = EventFilter::compile(where, QueryLimits());
  if (!compiled.ok()) return Status(Code::kInvalid, compiled.status().at("--where").message());
  filter = std::make_shared<EventFilter>(std::move(*compiled));
  return ok_status();
}

}  // namespace ox
