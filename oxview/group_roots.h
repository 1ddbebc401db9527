#pragma once
// Which event is the root of its group, that is, the one that ends it: contexts end inside out, so
// the outermost is the last to arrive. A type without a dot always is (BlueOx's rule). Applications
// that put their name in front of every type ("myapp.request") have no such type; for them roots
// are named or learned. Learning: a type is a root once it was seen to end a group that held types
// below it ("myapp.request" after "myapp.request.db") and was never seen below another type of its
// own group. So the first group of a kind may be split where an inner type looks like the root;
// later ones are whole.
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace ox {

// True for "a.b" and "a.b.c", false for "a.b" and "a.bc" and for equal types.
bool is_below(std::string_view type, std::string_view ancestor);

class GroupRoots {
 public:
  // Only types without a dot.
  GroupRoots() = default;
  // These types too.
  static GroupRoots named(const std::vector<std::string>& types);
  // Those that are learned too.
  static GroupRoots learned();

  // True when an event of `type` ends the group `id`, which holds events of the types `earlier`.
  bool ends(const std::string& id, const std::string& type,
            const std::vector<std::string>& earlier);
  // False when ends() does not look at `earlier`.
  bool needs_earlier() const { return learning_; }

 private:
  void learn(std::string_view type, std::string_view other);
  void remember_end(const std::string& id, const std::string& type);

  bool learning_ = false;
  std::unordered_set<std::string> roots_;     // named, or seen above another type of the same group
  std::unordered_set<std::string> children_;  // seen below another type of the same group
  std::unordered_map<std::string, std::string> ended_by_;  // id -> root, for groups ended of late
  std::deque<std::string> ended_;                          // the same ids, oldest first
};

}  // namespace ox
