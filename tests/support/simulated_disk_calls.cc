// The FileSystem side of the simulated disk: what each call does when nothing is wrong.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tests/support/simulated_disk.h"

namespace ox {

class SimulatedDisk::SimulatedFile : public File {
 public:
  SimulatedFile(SimulatedDisk& disk, NodePtr node, std::string path, bool writable)
      : disk_(disk),
        node_(std::move(node)),
        path_(std::move(path)),
        writable_(writable),
        epoch_(disk.epoch_) {}

  Result<std::size_t> read_at(char* out, std::size_t size, std::uint64_t offset) override {
    std::unique_lock lock(disk_.mu_);
    Verdict verdict = disk_.begin(lock, Op::kRead, path_, epoch_);
    if (!verdict.status.ok()) return verdict.status;
    if (offset >= node_->bytes.size()) return std::size_t{0};
    size = static_cast<std::size_t>(std::min<std::uint64_t>(size, node_->bytes.size() - offset));
    if (verdict.part && size > 1) size = 1 + disk_.random(size - 1);
    std::memcpy(out, node_->bytes.data() + offset, size);
    return size;
  }

  Result<std::size_t> write_at(std::span<const std::string_view> parts,
                               std::uint64_t offset) override {
    std::string bytes;
    for (std::string_view part : parts) bytes += part;
    std::unique_lock lock(disk_.mu_);
    Verdict verdict = disk_.begin(lock, Op::kWrite, path_, epoch_);
    if (!writable_) return errno_status(EBADF, path_);
    if (!verdict.status.ok()) {
      // Killed in the middle of it.
      if (verdict.part) put(bytes.substr(0, disk_.random(bytes.size() + 1)), offset);
      return verdict.status;
    }
    if (verdict.part && bytes.size() > 1) bytes.resize(1 + disk_.random(bytes.size() - 1));
    std::uint64_t free = disk_.capacity_ - std::min(disk_.used_, disk_.capacity_);
    std::uint64_t size = node_->bytes.size();
    if (offset + bytes.size() > size && offset + bytes.size() - size > free) {
      if (offset >= size + free) return errno_status(ENOSPC, "cannot write " + path_);
      bytes.resize(size + free - offset);
    }
    put(bytes, offset);
    return bytes.size();
  }

  Status truncate(std::uint64_t size) override {
    std::unique_lock lock(disk_.mu_);
    Verdict verdict = disk_.begin(lock, Op::kTruncate, path_, epoch_);
    OX_RETURN_IF_ERROR(verdict.status);
    if (!writable_) return errno_status(EINVAL, path_);
    disk_.resize(*node_, size);
    node_->unsynced.push_back({size, "", true});
    return ok_status();
  }

  Status sync_data() override {
    std::unique_lock lock(disk_.mu_);
    Verdict verdict = disk_.begin(lock, Op::kSync, path_, epoch_);
    if (verdict.status.ok())
      for (const Write& write : node_->unsynced) apply(write, node_->platter);
    if (!disk_.stopped_ && epoch_ == disk_.epoch_) node_->unsynced.clear();
    return verdict.status;
  }

  Result<FileInfo> info() override {
    std::unique_lock lock(disk_.mu_);
    Verdict verdict = disk_.begin(lock, Op::kInfo, path_, epoch_);
    if (!verdict.status.ok()) return verdict.status;
    return info_of(*node_);
  }

  Status close() override {
    std::unique_lock lock(disk_.mu_);
    return disk_.begin(lock, Op::kClose, path_, epoch_).status;
  }

 private:
  void put(const std::string& bytes, std::uint64_t offset) {
    if (bytes.empty()) return;
    disk_.resize(*node_, std::max<std::uint64_t>(node_->bytes.size(), offset + bytes.size()));
    Write write{offset, bytes, false};
    apply(write, node_->bytes);
    node_->unsynced.push_back(std::move(write));
    node_->modified = disk_.changes_;
  }

  SimulatedDisk& disk_;
  const NodePtr node_;
  const std::string path_;
  const bool writable_;
  const std::uint64_t epoch_;
};

class SimulatedDisk::SimulatedLock : public FileLock {
 public:
  SimulatedLock(SimulatedDisk& disk, std::string path)
      : disk_(disk), path_(std::move(path)), epoch_(disk.epoch_) {}
  ~SimulatedLock() override {
    std::lock_guard lock(disk_.mu_);
    if (epoch_ == disk_.epoch_) disk_.locks_.erase(path_);
  }

 private:
  SimulatedDisk& disk_;
  const std::string path_;
  const std::uint64_t epoch_;
};

FileInfo SimulatedDisk::info_of(const Node& node) {
  FileInfo info;
  info.id = {1, node.inode};
  info.size = node.bytes.size();
  info.links = node.links;
  info.modified = Micros(static_cast<std::int64_t>(node.modified));
  info.is_directory = node.is_directory;
  info.is_regular = !node.is_directory;
  return info;
}

Result<std::unique_ptr<File>> SimulatedDisk::open(const std::string& path, Open how) {
  std::unique_lock lock(mu_);
  bool may_create = how == Open::kCreate || how == Open::kOpenOrCreate;
  bool creates = may_create && find(path) == nullptr;
  Verdict verdict = begin(lock, creates ? Op::kCreate : Op::kOpen, path);
  if (!verdict.status.ok()) return verdict.status;
  std::string name;
  OX_ASSIGN_OR_RETURN(NodePtr parent, parent_of(path, &name));
  NodePtr node = find(path);
  if (node == nullptr) {
    if (!may_create) return errno_status(ENOENT, "cannot open " + path);
    node = make_node(false);
    step({{parent, name, node}});
  } else if (how == Open::kCreate) {
    return errno_status(EEXIST, "cannot open " + path);
  } else if (node->is_directory) {
    return errno_status(EISDIR, "cannot open " + path);
  }
  bool writable = how != Open::kRead && how != Open::kReadFollow;
  return std::unique_ptr<File>(std::make_unique<SimulatedFile>(*this, node, path, writable));
}

Status SimulatedDisk::make_directories(const std::string& path) {
  bool is_there = false;
  {
    std::unique_lock lock(mu_);
    NodePtr node = find(path);
    if (node != nullptr && !node->is_directory) return errno_status(ENOTDIR, "cannot make " + path);
    is_there = node != nullptr;
  }
  std::string above = directory_of(path);
  if (is_there) return sync_directory(above);
  if (above != path && above != ".") OX_RETURN_IF_ERROR(make_directories(above));
  {
    std::unique_lock lock(mu_);
    OX_RETURN_IF_ERROR(begin(lock, Op::kMakeDirectory, path).status);
    std::string name;
    OX_ASSIGN_OR_RETURN(NodePtr parent, parent_of(path, &name));
    if (!parent->names.count(name)) step({{parent, name, make_node(true)}});
  }
  return sync_directory(above);
}

Result<std::vector<DirectoryEntry>> SimulatedDisk::list(const std::string& directory) {
  std::unique_lock lock(mu_);
  Verdict verdict = begin(lock, Op::kList, directory);
  if (!verdict.status.ok()) return verdict.status;
  NodePtr node = find(directory);
  if (node == nullptr || !node->is_directory)
    return errno_status(node ? ENOTDIR : ENOENT, "cannot list " + directory);
  std::vector<DirectoryEntry> out;
  for (const auto& [name, child] : node->names) out.push_back({name, child->is_directory});
  std::shuffle(out.begin(), out.end(), random_);
  return out;
}

Result<FileInfo> SimulatedDisk::info(const std::string& path) {
  std::unique_lock lock(mu_);
  Verdict verdict = begin(lock, Op::kInfo, path);
  if (!verdict.status.ok()) return verdict.status;
  NodePtr node = find(path);
  if (node == nullptr) return errno_status(ENOENT, "cannot stat " + path);
  return info_of(*node);
}

Status SimulatedDisk::remove(const std::string& path) {
  std::unique_lock lock(mu_);
  OX_RETURN_IF_ERROR(begin(lock, Op::kRemove, path).status);
  std::string name;
  OX_ASSIGN_OR_RETURN(NodePtr parent, parent_of(path, &name));
  NodePtr node = find(path);
  if (node == nullptr) return errno_status(ENOENT, "cannot remove " + path);
  if (node->is_directory) return errno_status(EISDIR, "cannot remove " + path);
  step({{parent, name, nullptr}});
  return ok_status();
}

Status SimulatedDisk::rename(const std::string& from, const std::string& to) {
  std::unique_lock lock(mu_);
  OX_RETURN_IF_ERROR(begin(lock, Op::kRename, from).status);
  std::string from_name;
  std::string to_name;
  OX_ASSIGN_OR_RETURN(NodePtr from_parent, parent_of(from, &from_name));
  OX_ASSIGN_OR_RETURN(NodePtr to_parent, parent_of(to, &to_name));
  NodePtr node = find(from);
  if (node == nullptr) return errno_status(ENOENT, "cannot rename " + from);
  if (node == find(to)) return ok_status();
  step({{to_parent, to_name, node}, {from_parent, from_name, nullptr}});
  return ok_status();
}

Status SimulatedDisk::sync_directory(const std::string& path) {
  std::unique_lock lock(mu_);
  Verdict verdict = begin(lock, Op::kSyncDirectory, path);
  if (stopped_) return verdict.status;
  NodePtr node = find(path);
  if (node == nullptr || !node->is_directory)
    return errno_status(node ? ENOTDIR : ENOENT, "cannot sync " + path);
  sync_names(*node, !verdict.status.ok());
  return verdict.status;
}

Result<std::unique_ptr<FileLock>> SimulatedDisk::lock(const std::string& path,
                                                      const std::string& holder) {
  std::unique_lock lock(mu_);
  Verdict verdict = begin(lock, Op::kLock, path);
  if (!verdict.status.ok()) return verdict.status;
  if (auto held = locks_.find(path); held != locks_.end())
    return Status(Code::kExists, path + " is held by " + held->second);
  if (find(path) == nullptr) {
    verdict = begin(lock, Op::kCreate, path);
    if (!verdict.status.ok()) return verdict.status;
    std::string name;
    OX_ASSIGN_OR_RETURN(NodePtr parent, parent_of(path, &name));
    step({{parent, name, make_node(false)}});
  }
  locks_[path] = holder;
  return std::unique_ptr<FileLock>(std::make_unique<SimulatedLock>(*this, path));
}

Result<std::string> SimulatedDisk::lock_holder(const std::string& path) {
  std::unique_lock lock(mu_);
  Verdict verdict = begin(lock, Op::kInfo, path);
  if (!verdict.status.ok()) return verdict.status;
  auto held = locks_.find(path);
  return held == locks_.end() ? std::string() : held->second;
}

}  // namespace ox
