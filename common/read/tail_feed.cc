#include "common/read/tail_feed.h"

#include <utility>

#include "common/base/log.h"
#include "common/read/event_json.h"

namespace ox {
namespace {

// With more files than this in its position not every event has one.
constexpr std::size_t kMarksInEachId = 64;

FollowOptions tail_options(FollowOptions options, std::function<bool()>& go_on) {
  options.go_on = [&go_on] { return !go_on || go_on(); };
  options.problem = [](const Status& status) { log_warning("{}", status.message()); };
  return options;
}

}  // namespace

TailFeed::TailFeed(FileSystem& fs, const std::string& directory, EventSelection selection,
                   FollowOptions start, bool places)
    : selection_(std::move(selection)),
      places_(places),
      follower_(fs, directory, selection_.conditions, tail_options(std::move(start), go_on_)) {}

Result<bool> TailFeed::fill(std::string& out, std::size_t at_most, std::function<bool()> go_on) {
  go_on_ = std::move(go_on);
  std::size_t begun = 0;  // where the last event without an id begins, and 1; 0: there is none
  auto looked =
      follower_.look(LogFollower::Look::kAll, [&](std::string_view event, const LogPlace& place) {
        if (selection_.test) {
          auto wanted = selection_.test(event, EventSlices::of(event));
          if (!wanted.ok()) {
            failure_ = wanted.status();
            return false;
          }
          if (!*wanted) return true;
        }
        std::string json;
        if (!append_event_json(json, event, places_ ? &place : nullptr)) return true;
        const FollowCursor cursor = follower_.cursor();
        begun = 0;
        if (cursor.marks.size() <= kMarksInEachId)
          out += "id: " + cursor.encode() + '\n';
        else
          begun = out.size() + 1;
        out += "data: ";
        out += json;
        out += "\n\n";
        return out.size() < at_most;
      });
  go_on_ = nullptr;
  if (!failure_.ok()) return failure_;
  if (!looked.ok()) return looked.status();
  if (begun > 0) out.insert(begun - 1, "id: " + follower_.cursor().encode() + '\n');
  return *looked;
}

}  // namespace ox
