#include "oxd/forward/shard_map.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>

#include <fmt/format.h>

namespace ox {
namespace {

// The file: this line, "generation N", a line "target NAME" for each, and a line "from POSITION"
// for each bucket.
constexpr std::string_view kMapFirstLine = "oxd shards 1";
constexpr std::size_t kLargestMapFile = 1 << 20;
// In the place of a position: the end of the spool, wherever that will be.
constexpr Position kAtTheEnd = std::numeric_limits<Position>::max();

std::string path_in(const std::string& directory) { return join_path(directory, "shards"); }

bool parse_number(std::string_view text, std::uint64_t& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

bool parse(std::string_view text, ShardMap& map) {
  std::size_t line_number = 0;
  std::size_t buckets = 0;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    auto value = [&line](std::string_view key) { return line.substr(key.size()); };
    if (line_number++ == 0) {
      if (line != kMapFirstLine) return false;
    } else if (line.starts_with("generation ")) {
      if (!parse_number(value("generation "), map.generation)) return false;
    } else if (line.starts_with("target ")) {
      map.targets.emplace_back(value("target "));
    } else if (line.starts_with("from ") && buckets < kShardBuckets) {
      if (!parse_number(value("from "), map.from[buckets++])) return false;
    } else {
      return false;
    }
  }
  return buckets == kShardBuckets && !map.targets.empty();
}

}  // namespace

std::string ShardMap::cursor_name(const std::string& target) const {
  return fmt::format("shard/{}/{}", generation, target);
}

Position ShardMap::start_of(const std::string& target) const {
  Position start = std::numeric_limits<Position>::max();
  for (std::size_t bucket = 0; bucket < kShardBuckets; ++bucket)
    if (targets[shard_owner(bucket, targets)] == target) start = std::min(start, from[bucket]);
  return start;
}

ShardMap ShardMap::with_targets(
    const std::vector<std::string>& now,
    const std::function<Position(const std::string& cursor)>& released) const {
  if (std::is_permutation(now.begin(), now.end(), targets.begin(), targets.end())) return *this;
  ShardMap next;
  next.generation = generation + 1;
  next.targets = now;
  for (std::size_t bucket = 0; bucket < kShardBuckets; ++bucket) {
    const std::string& owner = targets[shard_owner(bucket, targets)];
    next.from[bucket] = std::max(from[bucket], released(cursor_name(owner)));
  }
  return next;
}

void ShardMap::give_up(const std::string& cursor) {
  for (std::size_t bucket = 0; bucket < kShardBuckets; ++bucket)
    if (cursor_name(targets[shard_owner(bucket, targets)]) == cursor) from[bucket] = kAtTheEnd;
}

void ShardMap::begin_at(Position end) {
  for (Position& position : from)
    if (position == kAtTheEnd) position = end;
}

Result<ShardMap> ShardMap::load(FileSystem& fs, const std::string& directory) {
  OX_ASSIGN_OR_RETURN(std::string text, read_file(fs, path_in(directory), kLargestMapFile));
  ShardMap map;
  if (!parse(text, map))
    return Status(Code::kCorrupt, path_in(directory) + ": is no map of shards");
  return map;
}

Status ShardMap::save(FileSystem& fs, const std::string& directory) const {
  std::string text = fmt::format("{}\ngeneration {}\n", kMapFirstLine, generation);
  for (const std::string& target : targets) text += fmt::format("target {}\n", target);
  for (Position position : from) text += fmt::format("from {}\n", position);
  return replace_file(fs, path_in(directory), text);
}

}  // namespace ox
