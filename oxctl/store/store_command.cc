// oxctl store: what is done to a directory of log files.
#include <array>
#include <string_view>
#include <utility>

#include "common/base/exit_codes.h"
#include "oxctl/commands.h"
#include "oxctl/printable.h"
#include "oxctl/store/store_commands.h"

namespace ox {

static constexpr int kExitUnusableStore = 2;
static constexpr std::size_t kLongestStoreLine = 4096;

int store_complaint(Session& session, const Status& why) {
  return session.fail(Status(why.code(), printable(why.message(), kLongestStoreLine)));
}

int cannot_use_store(Session& session, const Status& why) {
  (void)store_complaint(session, why);
  return kExitUnusableStore;
}

int run_store(Session& session) {
  using Command = int (*)(Session&, const StoreArguments&);
  constexpr std::array<std::pair<std::string_view, Command>, 5> kStoreCommands = {{
      {"cat", cat_store},
      {"prune", prune_store},
      {"reindex", reindex_store},
      {"verify", verify_store},
      {"zip", zip_store},
  }};
  const StoreArguments& arguments = session.options().store;
  for (const auto& [op, run] : kStoreCommands)
    if (op == arguments.op) return run(session, arguments);
  return kExitUsage;  // the parser knows no other
}

}  // namespace ox
