#include "oxingest/stream_options.h"

#include <algorithm>
#include <string>

#include "common/base/cli11.h"
#include "common/base/options.h"
#include "common/ingest/front/option_value.h"

namespace ox {

void StreamOptions::declare(CommandLine& line) {
  for (const StreamKind& kind : stream_kinds()) {
    line.app()
        .add_option_function<std::vector<std::string>>(
            kind.option,
            [this, &kind](const std::vector<std::string>& texts) {
              std::erase_if(listeners,
                            [&kind](const StreamSpec& spec) { return spec.kind == &kind; });
              for (const std::string& text : texts)
                listeners.push_back(value_of(kind.option, StreamSpec::parse(kind, text)));
              std::stable_sort(
                  listeners.begin(), listeners.end(),
                  [](const StreamSpec& a, const StreamSpec& b) { return a.kind < b.kind; });
            },
            kind.help)
        ->type_name(kind.value)
        ->allow_extra_args(false);
  }
}

}  // namespace ox
