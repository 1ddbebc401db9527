#include "oxd/forward/forward_outputs.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "oxd/forward/shards.h"

namespace ox {

// What a target is called whatever way it was named: its cursor outlives restarts under this name.
static std::string lasting_name(const Target& target) {
  return fmt::format("{}://{}", target_kind_name(target.kind), target.address.to_string());
}

ForwardOutputs::ForwardOutputs(zmq::context_t& context, const NodeIdentity& self, Spool& spool,
                               DeadLetters* dead_letters, Metrics& metrics, ForwardMode mode,
                               const std::vector<Target>& targets)
    : context_(context),
      self_(self),
      spool_(spool),
      dead_letters_(dead_letters),
      metrics_(metrics),
      mode_(mode) {
  make_stages(targets);
}

std::unique_ptr<ForwardStage> ForwardOutputs::make_stage(const std::vector<Target>& targets,
                                                         const std::string& cursor_name) {
  ForwardOptions options;
  options.targets = targets;
  options.cursor_name = cursor_name;
  return std::make_unique<ForwardStage>(context_, self_, spool_, dead_letters_, metrics_, options);
}

void ForwardOutputs::make_stages(const std::vector<Target>& targets) {
  if (mode_ == ForwardMode::kFailover) {
    stages_.push_back(make_stage(targets, "forward"));
    return;
  }
  std::vector<std::string> names;
  for (const Target& target : targets) names.push_back(lasting_name(target));
  for (std::size_t i = 0; i < targets.size(); ++i) {
    std::string_view mode = mode_ == ForwardMode::kCopy ? "copy" : "shard";
    stages_.push_back(make_stage({targets[i]}, fmt::format("{}/{}", mode, names[i])));
    if (mode_ != ForwardMode::kShard) continue;
    std::vector<bool> mine(kShardBuckets);
    for (std::size_t bucket = 0; bucket < kShardBuckets; ++bucket)
      mine[bucket] = shard_owner(bucket, names) == i;
    stages_.back()->set_split([mine](const Batch& batch) { return shard_parts(batch, mine); });
  }
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
  if (mode_ == ForwardMode::kFailover) {
    stages_.front()->set_targets(targets);
    return ok_status();
  }
  if (mode_ == ForwardMode::kShard)
    return Status(Code::kUnsupported, "with --forward-mode shard the targets change at a restart");
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
