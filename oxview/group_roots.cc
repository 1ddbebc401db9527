#include "oxview/group_roots.h"

namespace ox {
namespace {

constexpr std::size_t kMaxLearnedTypes = 10'000;
constexpr std::size_t kMaxRememberedEnds = 1000;

}  // namespace

bool is_below(std::string_view type, std::string_view ancestor) {
  return type.size() > ancestor.size() && type.starts_with(ancestor) &&
         type[ancestor.size()] == '.';
}

GroupRoots GroupRoots::named(const std::vector<std::string>& types) {
  GroupRoots roots;
  roots.roots_.insert(types.begin(), types.end());
  return roots;
}

GroupRoots GroupRoots::learned() {
  GroupRoots roots;
  roots.learning_ = true;
  return roots;
}

// `type` and `other` are of one group.
void GroupRoots::learn(std::string_view type, std::string_view other) {
  bool above = is_below(other, type);
  if (!above && !is_below(type, other)) return;
  if (roots_.size() < kMaxLearnedTypes) roots_.emplace(above ? type : other);
  if (children_.size() < kMaxLearnedTypes) children_.emplace(above ? other : type);
}

void GroupRoots::remember_end(const std::string& id, const std::string& type) {
  auto [it, is_new] = ended_by_.insert_or_assign(id, type);
  if (!is_new) return;
  ended_.push_back(id);
  if (ended_.size() > kMaxRememberedEnds) {
    ended_by_.erase(ended_.front());
    ended_.pop_front();
  }
}

bool GroupRoots::ends(const std::string& id, const std::string& type,
                      const std::vector<std::string>& earlier) {
  if (type.find('.') == std::string::npos) return true;
  if (learning_) {
    for (const std::string& other : earlier) learn(type, other);
    if (auto it = ended_by_.find(id); it != ended_by_.end()) learn(type, it->second);
  }
  bool root = roots_.contains(type) && !children_.contains(type);
  if (root && learning_) remember_end(id, type);
  return root;
}

}  // namespace ox
