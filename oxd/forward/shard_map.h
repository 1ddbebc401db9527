#pragma once
// Which target has had what of each bucket: what --forward-mode shard needs to know when the list
// of targets changes at a start. Each list is a generation. A generation's outputs have cursors of
// their own; where they stood is where each bucket goes on in the next, with whom it belongs to
// then. Kept in the file `shards` of the spool's directory.
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/spool/segment.h"
#include "oxd/forward/shards.h"

namespace ox {

struct ShardMap {
  std::uint64_t generation = 1;
  std::vector<std::string> targets;            // names that stay the same
  std::array<Position, kShardBuckets> from{};  // a bucket's events before this have been delivered

  bool operator==(const ShardMap&) const = default;

  // The name of a target's cursor.
  std::string cursor_name(const std::string& target) const;
  // Where the output of a target has to begin; the largest position when it owns no bucket.
  Position start_of(const std::string& target) const;

  // The map for the list `now`: this one when the list is the same, in whatever order, or else the
  // next generation. `released` gives how far the cursor of a name came.
  ShardMap with_targets(const std::vector<std::string>& now,
                        const std::function<Position(const std::string& cursor)>& released) const;

  // What waited for the owner of this cursor has been given up: its buckets begin anew, at the end
  // of the spool when the map is next used, which begin_at() puts in.
  void give_up(const std::string& cursor);
  void begin_at(Position end);

  // Errors: kNotFound; kIo; kCorrupt for a file that holds something else.
  static Result<ShardMap> load(FileSystem& fs, const std::string& directory);
  Status save(FileSystem& fs, const std::string& directory) const;  // synced
};

}  // namespace ox
