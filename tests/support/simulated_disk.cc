#include "tests/support/simulated_disk.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <set>

namespace ox {
namespace {

constexpr std::uint64_t kSector = 512;

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  std::size_t at = 0;
  while (at <= path.size()) {
    std::size_t slash = std::min(path.find('/', at), path.size());
    std::string part = path.substr(at, slash - at);
    if (!part.empty() && part != ".") parts.push_back(std::move(part));
    at = slash + 1;
  }
  return parts;
}

int errno_of(SimulatedDisk::Effect effect) {
  if (effect == SimulatedDisk::Effect::kNoSpace) return ENOSPC;
  return effect == SimulatedDisk::Effect::kInterrupted ? EINTR : EIO;
}

}  // namespace

std::uint64_t test_seed(std::uint64_t usual) {
  const char* text = std::getenv("OX_TEST_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : usual;
}

bool SimulatedDisk::changes_disk(Op op) {
  switch (op) {
    case Op::kCreate:
    case Op::kWrite:
    case Op::kTruncate:
    case Op::kSync:
    case Op::kMakeDirectory:
    case Op::kRemove:
    case Op::kRename:
    case Op::kSyncDirectory:
      return true;
    case Op::kOpen:
    case Op::kRead:
    case Op::kInfo:
    case Op::kClose:
    case Op::kList:
    case Op::kLock:
      return false;
  }
  return false;
}

SimulatedDisk::SimulatedDisk(std::uint64_t seed) : seed_(seed), random_(seed) {
  root_ = make_node(true);
}

SimulatedDisk::~SimulatedDisk() = default;

// --- Faults --------------------------------------------------------------------------------------

void SimulatedDisk::inject(Fault fault) {
  std::lock_guard lock(mu_);
  faults_.push_back({std::move(fault), 0});
}

void SimulatedDisk::clear_faults() {
  std::lock_guard lock(mu_);
  faults_.clear();
}

void SimulatedDisk::set_capacity(std::uint64_t bytes) {
  std::lock_guard lock(mu_);
  capacity_ = bytes;
}

std::uint64_t SimulatedDisk::used() const {
  std::lock_guard lock(mu_);
  return used_;
}

void SimulatedDisk::crash_after(std::uint64_t n) {
  std::lock_guard lock(mu_);
  changes_left_ = n;
}

bool SimulatedDisk::stopped() const {
  std::lock_guard lock(mu_);
  return stopped_;
}

std::uint64_t SimulatedDisk::random(std::uint64_t below) {
  return below == 0 ? 0 : random_() % below;
}

SimulatedDisk::Verdict SimulatedDisk::begin(std::unique_lock<std::mutex>& lock, Op op,
                                            const std::string& path, std::uint64_t epoch) {
  Call call{op, path};
  if (hook_) {
    auto hook = hook_;
    lock.unlock();
    hook(call);
    lock.lock();
  }
  if (stopped_ || (epoch != 0 && epoch != epoch_))
    return {Status(Code::kIo, path + ": the machine has stopped")};
  if (changes_disk(op)) {
    if (changes_left_ && *changes_left_ == 0) {
      stopped_ = true;
      return {Status(Code::kIo, path + ": the machine stops"), op == Op::kWrite};
    }
    if (changes_left_) --*changes_left_;
    ++changes_;
  }
  calls_.push_back(call);
  Verdict verdict;
  for (Armed& armed : faults_) {
    const Fault& fault = armed.fault;
    if (fault.op && *fault.op != op) continue;
    if (fault.whole_path ? path != fault.path_part
                         : path.find(fault.path_part) == std::string::npos)
      continue;
    std::uint64_t n = ++armed.seen;
    if (n < fault.nth || n - fault.nth >= fault.times) continue;
    if (fault.effect == Effect::kShort) {
      verdict.part = true;
    } else {
      verdict.status = errno_status(errno_of(fault.effect), "injected: " + path);
    }
  }
  return verdict;
}

// --- What happened -------------------------------------------------------------------------------

void SimulatedDisk::on_call(std::function<void(const Call&)> hook) {
  std::lock_guard lock(mu_);
  hook_ = std::move(hook);
}

std::uint64_t SimulatedDisk::changes() const {
  std::lock_guard lock(mu_);
  return changes_;
}

std::vector<SimulatedDisk::Call> SimulatedDisk::calls() const {
  std::lock_guard lock(mu_);
  return calls_;
}

std::uint64_t SimulatedDisk::count(Op op, const std::string& path_part) const {
  std::lock_guard lock(mu_);
  return static_cast<std::uint64_t>(
      std::count_if(calls_.begin(), calls_.end(), [&](const Call& call) {
        return call.op == op && call.path.find(path_part) != std::string::npos;
      }));
}

bool SimulatedDisk::exists(const std::string& path) const {
  std::lock_guard lock(mu_);
  return find(path) != nullptr;
}

std::string SimulatedDisk::content(const std::string& path) const {
  std::lock_guard lock(mu_);
  NodePtr node = find(path);
  return node ? node->bytes : std::string();
}

void SimulatedDisk::put(const std::string& path, const std::string& bytes) {
  std::lock_guard lock(mu_);
  NodePtr node = root_;
  std::vector<std::string> parts = parts_of(path);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    NodePtr& seen = node->names[parts[i]];
    if (seen == nullptr) {
      seen = make_node(i + 1 < parts.size());
      seen->links = 1;
    }
    node->platter_names[parts[i]] = seen;
    node = seen;
  }
  resize(*node, bytes.size());
  node->bytes = node->platter = bytes;
  node->unsynced.clear();
}

void SimulatedDisk::erase(const std::string& path) {
  std::lock_guard lock(mu_);
  std::string name;
  auto parent = parent_of(path, &name);
  NodePtr node = find(path);
  if (!parent.ok() || node == nullptr) return;
  used_ -= node->bytes.size();
  node->links = 0;
  (*parent)->names.erase(name);
  (*parent)->platter_names.erase(name);
}

std::vector<std::string> SimulatedDisk::names(const std::string& directory) const {
  std::lock_guard lock(mu_);
  std::vector<std::string> out;
  if (NodePtr node = find(directory))
    for (const auto& [name, child] : node->names) out.push_back(name);
  return out;
}

// --- Nodes ---------------------------------------------------------------------------------------

SimulatedDisk::NodePtr SimulatedDisk::find(const std::string& path) const {
  NodePtr node = root_;
  for (const std::string& part : parts_of(path)) {
    auto it = node->names.find(part);
    if (it == node->names.end()) return nullptr;
    node = it->second;
  }
  return node;
}

Result<SimulatedDisk::NodePtr> SimulatedDisk::parent_of(const std::string& path,
                                                        std::string* name) const {
  std::vector<std::string> parts = parts_of(path);
  if (parts.empty()) return errno_status(EINVAL, path);
  *name = parts.back();
  NodePtr node = root_;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    auto it = node->names.find(parts[i]);
    if (it == node->names.end()) return errno_status(ENOENT, path);
    node = it->second;
  }
  if (!node->is_directory) return errno_status(ENOTDIR, path);
  return node;
}

SimulatedDisk::NodePtr SimulatedDisk::make_node(bool is_directory) {
  auto node = std::make_shared<Node>();
  node->inode = next_inode_++;
  node->is_directory = is_directory;
  return node;
}

void SimulatedDisk::step(NameStep step) {
  for (const NameChange& change : step) {
    auto& names = change.directory->names;
    if (auto it = names.find(change.name); it != names.end()) {
      if (--it->second->links == 0) used_ -= it->second->bytes.size();
      names.erase(it);
    }
    if (change.node == nullptr) continue;
    if (change.node->links++ == 0) used_ += change.node->bytes.size();
    names[change.name] = change.node;
  }
  unsynced_names_.push_back(std::move(step));
}

void SimulatedDisk::resize(Node& file, std::uint64_t size) {
  if (file.links > 0) used_ += size - file.bytes.size();
  file.bytes.resize(size);
}

void SimulatedDisk::apply(const Write& write, std::string& to) {
  if (write.truncates) {
    to.resize(write.offset);
    return;
  }
  if (to.size() < write.offset + write.bytes.size()) to.resize(write.offset + write.bytes.size());
  to.replace(write.offset, write.bytes.size(), write.bytes);
}

// Puts the unsynced steps that touch the directory on the platter, with the earlier ones of
// directories that they tie it to. `lost`: the sync failed, and they will never get there.
void SimulatedDisk::sync_names(const Node& directory, bool lost) {
  std::set<const Node*> tied{&directory};
  std::vector<NameStep> synced;
  for (std::size_t i = unsynced_names_.size(); i-- > 0;) {
    const NameStep& step = unsynced_names_[i];
    if (std::none_of(step.begin(), step.end(),
                     [&](const NameChange& change) { return tied.count(change.directory.get()); }))
      continue;
    for (const NameChange& change : step) tied.insert(change.directory.get());
    synced.insert(synced.begin(), step);
    unsynced_names_.erase(unsynced_names_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (lost) return;
  for (const NameStep& step : synced) {
    for (const NameChange& change : step) {
      change.directory->platter_names.erase(change.name);
      if (change.node) change.directory->platter_names[change.name] = change.node;
    }
  }
}

// --- Crashes -------------------------------------------------------------------------------------

void SimulatedDisk::crash(Keep keep) {
  std::lock_guard lock(mu_);
  ++epoch_;
  locks_.clear();
  stopped_ = false;
  changes_left_.reset();
  if (keep == Keep::kAll) return;
  std::vector<NodePtr> nodes = all_nodes();
  lose_names(keep);
  for (const NodePtr& node : nodes) {
    node->links = 0;
    if (node->is_directory) {
      node->names = node->platter_names;
    } else {
      lose_bytes(*node, keep);
    }
  }
  used_ = 0;
  for (const NodePtr& node : all_nodes()) {
    node->links = 1;
    used_ += node->bytes.size();
  }
}

std::vector<SimulatedDisk::NodePtr> SimulatedDisk::all_nodes() const {
  std::map<std::uint64_t, NodePtr> found;  // by inode: the same order in every run
  std::vector<NodePtr> open{root_};
  for (const NameStep& step : unsynced_names_)
    for (const NameChange& change : step)
      if (change.node) open.push_back(change.node);
  while (!open.empty()) {
    NodePtr node = open.back();
    open.pop_back();
    if (!found.emplace(node->inode, node).second) continue;
    for (const auto& [name, child] : node->names) open.push_back(child);
    for (const auto& [name, child] : node->platter_names) open.push_back(child);
  }
  std::vector<NodePtr> out;
  for (const auto& [inode, node] : found) out.push_back(node);
  return out;
}

void SimulatedDisk::lose_names(Keep keep) {
  std::size_t prefix = keep == Keep::kPrefix ? random(unsynced_names_.size() + 1) : 0;
  std::set<std::pair<const Node*, std::string>> lost_names;
  std::set<const Node*> lost_nodes;
  for (std::size_t i = 0; i < unsynced_names_.size(); ++i) {
    const NameStep& step = unsynced_names_[i];
    bool kept = keep == Keep::kSubset ? random(2) == 0 : i < prefix;
    // A step never happened when one that it builds upon did not.
    for (const NameChange& change : step)
      if (lost_names.count({change.directory.get(), change.name}) ||
          (change.node && lost_nodes.count(change.node.get())) ||
          lost_nodes.count(change.directory.get()))
        kept = false;
    for (const NameChange& change : step) {
      if (!kept) {
        lost_names.insert({change.directory.get(), change.name});
        if (change.node) lost_nodes.insert(change.node.get());
        continue;
      }
      change.directory->platter_names.erase(change.name);
      if (change.node) change.directory->platter_names[change.name] = change.node;
    }
  }
  unsynced_names_.clear();
}

void SimulatedDisk::lose_bytes(Node& file, Keep keep) {
  std::size_t prefix = keep == Keep::kPrefix ? random(file.unsynced.size() + 1) : 0;
  for (std::size_t i = 0; i < file.unsynced.size(); ++i) {
    Write& write = file.unsynced[i];
    if (keep == Keep::kSubset) {
      if (write.truncates) {
        if (random(2) == 0) apply(write, file.platter);
        continue;
      }
      for (std::uint64_t at = 0; at < write.bytes.size();) {
        std::uint64_t place = write.offset + at;
        std::uint64_t step = std::min(kSector - place % kSector, write.bytes.size() - at);
        if (random(2) == 0) apply({place, write.bytes.substr(at, step), false}, file.platter);
        at += step;
      }
    } else if (keep == Keep::kPrefix && i < prefix) {
      if (i + 1 == prefix && !write.truncates) write.bytes.resize(random(write.bytes.size() + 1));
      if (write.truncates || !write.bytes.empty()) apply(write, file.platter);
    }
  }
  file.unsynced.clear();
  file.bytes = file.platter;
}

}  // namespace ox
