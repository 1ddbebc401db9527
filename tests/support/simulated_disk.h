#pragma once
// A disk in memory for fault tests, behind the ordinary FileSystem. It keeps two states: what
// programs see (the page cache) and what is on the platter. A crash() loses, cuts or reorders what
// was not synced: bytes of files until sync_data(), names in directories until sync_directory().
//
//   SimulatedDisk disk(test_seed(7));
//   INFO("seed ", disk.seed());                 // set OX_TEST_SEED to it to see the failure again
//   disk.crash_after(n);                        // n changing calls are done, all later ones fail
//   ... run the code under test, let it fail and unwind ...
//   disk.crash(SimulatedDisk::Keep::kSubset);   // then mount the same disk again
//
// Everything random comes from the seed, so that one thread sees the same faults in every run.
// Threading: thread-safe. Files and locks of before a crash answer kIo; they must not outlive the
// disk.
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "common/base/file_system.h"

namespace ox {

// $OX_TEST_SEED when it is set, otherwise `usual`.
std::uint64_t test_seed(std::uint64_t usual);

class SimulatedDisk final : public FileSystem {
 public:
  enum class Op {
    kOpen,    // of a file that is there
    kCreate,  // by an open() or a lock() that makes the file
    kRead,
    kWrite,
    kTruncate,
    kSync,  // of a file
    kInfo,
    kClose,
    kMakeDirectory,
    kList,
    kRemove,
    kRename,  // `path` is the former name
    kSyncDirectory,
    kLock,
  };
  static bool changes_disk(Op op);

  // What a crash leaves of the changes that were not synced.
  enum class Keep {
    kNothing,  // only what was synced
    kPrefix,   // of each file's writes, and of the names, the first ones, the last one perhaps cut
    kSubset,   // any sectors of any writes, any names: in no order
    kAll,      // the process died, the machine did not: all is seen, and as little synced as before
  };

  enum class Effect {
    kEio,          // fails. A sync that fails loses the dirty data: no later one writes it
    kNoSpace,      // fails with ENOSPC
    kShort,        // a read or write does a part only, as when a signal comes
    kInterrupted,  // fails with EINTR
  };
  struct Fault {
    std::optional<Op> op = std::nullopt;  // any when empty
    std::string path_part = "";           // of the calls whose path contains it
    std::uint64_t nth = 1;                // the first call that fails, counted from inject() on
    std::uint64_t times = 1;              // so many calls from there on
    Effect effect = Effect::kEio;
    bool whole_path = false;  // path_part is all of it
  };
  static constexpr std::uint64_t kForever = ~std::uint64_t{0};

  struct Call {
    Op op;
    std::string path;
  };

  explicit SimulatedDisk(std::uint64_t seed = 1);
  ~SimulatedDisk() override;
  std::uint64_t seed() const { return seed_; }

  // --- Faults ---
  void inject(Fault fault);
  void clear_faults();
  // Bytes that files may have together; overwriting takes none.
  void set_capacity(std::uint64_t bytes);
  std::uint64_t used() const;
  // After `n` more changing calls the machine stops: the next is not done, or is a write that is
  // done in part, and every later call of any kind answers kIo.
  void crash_after(std::uint64_t n);
  bool stopped() const;
  // Everything that is open is dead; a new process sees what `keep` says. Runs again when it had
  // stopped.
  void crash(Keep keep);

  // --- What happened ---
  // `hook` is called before each operation, without a lock: it may block it.
  void on_call(std::function<void(const Call&)> hook);
  std::uint64_t changes() const;  // changing calls so far
  std::vector<Call> calls() const;
  std::uint64_t count(Op op, const std::string& path_part = "") const;

  // --- Behind the back of the code under test: not counted, nothing fails ---
  bool exists(const std::string& path) const;
  std::string content(const std::string& path) const;  // "" when there is none
  // Makes the file and its directories, or gives it this content; on the platter as well.
  void put(const std::string& path, const std::string& bytes);
  void erase(const std::string& path);
  std::vector<std::string> names(const std::string& directory) const;  // sorted

  // --- FileSystem ---
  Result<std::unique_ptr<File>> open(const std::string& path, Open how) override;
  Status make_directories(const std::string& path) override;
  Result<std::vector<DirectoryEntry>> list(const std::string& directory) override;
  Result<FileInfo> info(const std::string& path) override;
  Status remove(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status sync_directory(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path,
                                         const std::string& holder) override;
  Result<std::string> lock_holder(const std::string& path) override;

 private:
  class SimulatedFile;
  class SimulatedLock;
  struct Node;
  using NodePtr = std::shared_ptr<Node>;

  // A change of bytes: of the size when there are none.
  struct Write {
    std::uint64_t offset;
    std::string bytes;
    bool truncates;
  };
  struct Node {
    std::uint64_t inode = 0;
    bool is_directory = false;
    std::uint64_t links = 0;
    std::uint64_t modified = 0;
    std::string bytes;    // of a file, as seen
    std::string platter;  // of a file
    std::vector<Write> unsynced;
    std::map<std::string, NodePtr> names;  // of a directory, as seen
    std::map<std::string, NodePtr> platter_names;
  };
  // One step in the life of names; a rename has two changes that happen together.
  struct NameChange {
    NodePtr directory;
    std::string name;
    NodePtr node;  // null: removed
  };
  using NameStep = std::vector<NameChange>;
  struct Armed {
    Fault fault;
    std::uint64_t seen = 0;
  };
  // What is to become of a call.
  struct Verdict {
    Status status;
    bool part = false;  // of the bytes
  };

  Verdict begin(std::unique_lock<std::mutex>& lock, Op op, const std::string& path,
                std::uint64_t epoch);
  Verdict begin(std::unique_lock<std::mutex>& lock, Op op, const std::string& path) {
    return begin(lock, op, path, 0);
  }
  std::uint64_t random(std::uint64_t below);

  // mu_ held, all of them.
  NodePtr find(const std::string& path) const;
  Result<NodePtr> parent_of(const std::string& path, std::string* name) const;
  NodePtr make_node(bool is_directory);
  void step(NameStep step);
  void resize(Node& file, std::uint64_t size);
  void sync_names(const Node& directory, bool lost);
  void lose_names(Keep keep);
  void lose_bytes(Node& file, Keep keep);
  std::vector<NodePtr> all_nodes() const;
  static FileInfo info_of(const Node& node);
  static void apply(const Write& write, std::string& to);

  const std::uint64_t seed_;
  mutable std::mutex mu_;  // everything below is guarded by it
  std::mt19937_64 random_;
  NodePtr root_;
  std::vector<NameStep> unsynced_names_;      // in order
  std::map<std::string, std::string> locks_;  // path -> holder
  std::uint64_t epoch_ = 1;
  std::uint64_t next_inode_ = 1;
  std::uint64_t used_ = 0;
  std::uint64_t capacity_ = kForever;
  std::vector<Armed> faults_;
  std::optional<std::uint64_t> changes_left_;
  bool stopped_ = false;
  std::uint64_t changes_ = 0;
  std::vector<Call> calls_;
  std::function<void(const Call&)> hook_;
};

}  // namespace ox
