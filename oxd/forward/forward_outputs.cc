#include "oxd/forward/forward_outputs.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "common/base/log.h"
#include "oxd/forward/optional_targets.h"

namespace ox {

ForwardOutputs::ForwardOutputs(zmq::context_t& context, FileSystem& fs, const NodeIdentity& self,
                               Spool& spool, DeadLetters* dead_letters, Metrics& metrics,
                               ForwardMode mode, InDoubt in_doubt)
    : context_(context),
      fs_(fs),
      self_(self),
      spool_(spool),
      dead_letters_(dead_letters),
      metrics_(metrics),
      mode_(mode),
      in_doubt_(in_doubt) {}

std::unique_ptr<ForwardStage> ForwardOutputs::make_stage(const std::vector<Target>& targets,
                                                         const std::string& cursor_name,
                                                         std::optional<Position> start) {
  ForwardOptions options;
  options.targets = targets;
  options.cursor_name = cursor_name;
  options.start = start;
  options.in_doubt = in_doubt_;
  options.optional = mode_ == ForwardMode::kCopy && targets.front().optional;
  return std::make_unique<ForwardStage>(context_, self_, spool_, *sent_marks_, dead_letters_,
                                        metrics_, options);
}

static bool all_acknowledge(const std::vector<Target>& targets) {
  auto is_optional = [](const Target& target) { return target.optional; };
  if (!targets.empty() && std::all_of(targets.begin(), targets.end(), is_optional)) return false;
  return std::all_of(targets.begin(), targets.end(), [](const Target& target) {
    return target.optional || target.kind == Target::Kind::kLink;
  });
}

Status ForwardOutputs::open(const std::vector<Target>& named, const std::string& spool_path) {
  std::lock_guard lock(mu_);
  std::vector<Target> targets = named;
  if (Status fits = check_optional(targets, mode_); !fits.ok()) {
    // They were set while the node ran in another mode.
    log_warning("forward: {}: it gets everything", fits.message());
    for (Target& target : targets) target.optional = false;
  }
  acknowledged_ = all_acknowledge(targets);
  spool_path_ = spool_path;
  OX_ASSIGN_OR_RETURN(sent_marks_, SentMarks::load(fs_, spool_path, spool_.begin(), spool_.end()));
  if (mode_ == ForwardMode::kShard) return open_shards(targets);
  if (mode_ == ForwardMode::kFailover) {
    stages_.push_back(make_stage(targets, "forward"));
    return ok_status();
  }
  for (const Target& target : targets)
    stages_.push_back(make_stage({target}, "copy/" + target.lasting_name()));
  return ok_status();
}

Result<ShardMap> ForwardOutputs::shard_map(const std::vector<std::string>& names) {
  ShardMap first;
  first.targets = names;
  if (spool_path_.empty()) return first;
  auto former = ShardMap::load(fs_, spool_path_);
  if (former.status().code() == Code::kNotFound) {
    // Targets that are new get what comes from now on.
    if (spool_.recovered_checkpoint()) first.from.fill(spool_.end());
    OX_RETURN_IF_ERROR(first.save(fs_, spool_path_));
    return first;
  }
  if (!former.ok()) return former.status();
  auto parked = spool_.parked_cursors();
  ShardMap begun = *former;
  begun.begin_at(spool_.end());
  ShardMap now = begun.with_targets(names, [&](const std::string& cursor) {
    auto it = parked.find(cursor);
    return it == parked.end() ? Position(0) : it->second.released;
  });
  if (now != *former) OX_RETURN_IF_ERROR(now.save(fs_, spool_path_));
  return now;
}

Status ForwardOutputs::open_shards(const std::vector<Target>& targets) {
  if (targets.empty()) return ok_status();
  std::vector<std::string> names;
  for (const Target& target : targets) names.push_back(target.lasting_name());
  OX_ASSIGN_OR_RETURN(ShardMap map, shard_map(names));
  for (std::size_t i = 0; i < targets.size(); ++i) {
    std::vector<bool> owned(kShardBuckets);
    for (std::size_t bucket = 0; bucket < kShardBuckets; ++bucket)
      owned[bucket] = shard_owner(bucket, names) == i;
    stages_.push_back(make_stage({targets[i]}, map.cursor_name(names[i]), map.start_of(names[i])));
    stages_.back()->set_split([owned, from = map.from](const SpoolRecord& record) {
      std::vector<bool> mine = owned;
      for (std::size_t bucket = 0; bucket < kShardBuckets; ++bucket)
        if (record.position < from[bucket]) mine[bucket] = false;
      return shard_parts(*record.batch, mine);
    });
  }
  // The map knows how far the former outputs came: nobody needs their cursors any more.
  for (const auto& [name, parked] : spool_.parked_cursors())
    if (name.starts_with("shard/")) OX_RETURN_IF_ERROR(spool_.discard_cursor(name));
  return ok_status();
}

Status ForwardOutputs::discarded(const std::string& cursor) {
  std::lock_guard lock(mu_);
  if (spool_path_.empty() || !cursor.starts_with("shard/")) return ok_status();
  auto map = ShardMap::load(fs_, spool_path_);
  if (map.status().code() == Code::kNotFound) return ok_status();
  if (!map.ok()) return map.status();
  map->give_up(cursor);
  return map->save(fs_, spool_path_);
}

void ForwardOutputs::set_upstream(ForwardStage::Upstream upstream) {
  std::lock_guard lock(mu_);
  upstream_ = std::move(upstream);
  for (auto& stage : stages_) stage->set_upstream(upstream_);
}

void ForwardOutputs::start() {
  std::lock_guard lock(mu_);
  started_ = true;
  for (auto& stage : stages_) stage->start();
}

void ForwardOutputs::stop(Micros linger) {
  std::lock_guard lock(mu_);
  for (auto& stage : stages_) stage->stop(linger);
}

std::vector<ForwardFigures> ForwardOutputs::status() {
  std::lock_guard lock(mu_);
  std::vector<ForwardFigures> all;
  for (auto& stage : stages_)
    for (ForwardFigures& figures : stage->status()) all.push_back(std::move(figures));
  return all;
}

std::vector<Target> ForwardOutputs::targets() {
  std::lock_guard lock(mu_);
  std::vector<Target> all;
  for (auto& stage : stages_)
    for (Target& target : stage->targets()) all.push_back(std::move(target));
  return all;
}

Status ForwardOutputs::set_targets(const std::vector<Target>& targets) {
  std::lock_guard lock(mu_);
  if (mode_ == ForwardMode::kShard)
    return Status(Code::kUnsupported, "with --forward-mode shard the targets change at a restart");
  OX_RETURN_IF_ERROR(check_optional(targets, mode_));
  acknowledged_ = all_acknowledge(targets);
  if (mode_ == ForwardMode::kFailover) {
    stages_.front()->set_targets(targets);
    return ok_status();
  }
  std::vector<std::unique_ptr<ForwardStage>> former = std::move(stages_);
  stages_.clear();
  for (const Target& target : targets) {
    auto same = std::find_if(former.begin(), former.end(), [&](const auto& stage) {
      return stage && stage->targets().front().same_as(target);
    });
    if (same != former.end()) {
      stages_.push_back(std::move(*same));
      stages_.back()->set_optional(target.optional);
      continue;
    }
    stages_.push_back(make_stage({target}, "copy/" + target.lasting_name(), spool_.end()));
    stages_.back()->set_upstream(upstream_);
    if (started_) stages_.back()->start();
  }
  for (auto& stage : former)
    if (stage) stage->stop(Seconds(1));
  return ok_status();
}

std::vector<Uuid> ForwardOutputs::downstream() const {
  std::lock_guard lock(mu_);
  std::vector<Uuid> all;
  for (const auto& stage : stages_)
    for (const Uuid& node : stage->downstream())
      if (std::find(all.begin(), all.end(), node) == all.end()) all.push_back(node);
  return all;
}

Position ForwardOutputs::released() const {
  std::lock_guard lock(mu_);
  Position lowest = std::numeric_limits<Position>::max();
  for (const auto& stage : stages_) lowest = std::min(lowest, stage->released());
  return lowest;
}

bool ForwardOutputs::active() const {
  std::lock_guard lock(mu_);
  return std::any_of(stages_.begin(), stages_.end(),
                     [](const auto& stage) { return stage->active(); });
}

}  // namespace ox
