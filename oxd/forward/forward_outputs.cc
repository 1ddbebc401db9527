#include "oxd/forward/forward_outputs.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace ox {

// What a target is called whatever way it was named: its cursor outlives restarts under this name.
static std::string lasting_name(const Target& target) {
  return fmt::format("{}://{}", target_kind_name(target.kind), target.address.to_string());
}

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
  return std::make_unique<ForwardStage>(context_, self_, spool_, dead_letters_, metrics_, options);
}

static bool all_acknowledge(const std::vector<Target>& targets) {
  return std::all_of(targets.begin(), targets.end(),
                     [](const Target& target) { return target.kind == Target::Kind::kLink; });
}

Status ForwardOutputs::open(const std::vector<Target>& targets, const std::string& spool_path) {
  std::lock_guard lock(mu_);
  acknowledged_ = all_acknowledge(targets);
  if (mode_ == ForwardMode::kShard) return open_shards(targets, spool_path);
  if (mode_ == ForwardMode::kFailover) {
    stages_.push_back(make_stage(targets, "forward"));
    return ok_status();
  }
  for (const Target& target : targets)
    stages_.push_back(make_stage({target}, "copy/" + lasting_name(target)));
  return ok_status();
}

Result<ShardMap> ForwardOutputs::shard_map(const std::vector<std::string>& names,
                                           const std::string& spool_path) {
  ShardMap first;
  first.targets = names;
  if (spool_path.empty()) return first;
  auto former = ShardMap::load(fs_, spool_path);
  if (former.status().code() == Code::kNotFound) {
    // Targets that are new get what comes from now on.
    if (spool_.recovered_checkpoint()) first.from.fill(spool_.end());
    OX_RETURN_IF_ERROR(first.save(fs_, spool_path));
    return first;
  }
  if (!former.ok()) return former.status();
  auto parked = spool_.parked_cursors();
  ShardMap now = former->with_targets(names, [&](const std::string& cursor) {
    auto it = parked.find(cursor);
    return it == parked.end() ? Position(0) : it->second.released;
  });
  if (now != *former) OX_RETURN_IF_ERROR(now.save(fs_, spool_path));
  return now;
}

Status ForwardOutputs::open_shards(const std::vector<Target>& targets,
                                   const std::string& spool_path) {
  if (targets.empty()) return ok_status();
  std::vector<std::string> names;
  for (const Target& target : targets) names.push_back(lasting_name(target));
  OX_ASSIGN_OR_RETURN(ShardMap map, shard_map(names, spool_path));
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
      continue;
    }
    stages_.push_back(make_stage({target}, "copy/" + lasting_name(target)));
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
