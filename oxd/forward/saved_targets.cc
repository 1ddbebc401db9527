#include "oxd/forward/saved_targets.h"

#include <algorithm>
#include <string_view>

#include "common/base/bytes.h"

namespace ox {
namespace {

// The file: this line, then "configured NAME" and "running NAME" lines in the order of the lists.
constexpr std::string_view kTargetsFirstLine = "oxd targets 1";
constexpr std::string_view kConfigured = "configured ";
constexpr std::string_view kRunning = "running ";
constexpr std::size_t kLargestTargetsFile = 1 << 20;

struct Lists {
  std::vector<Target> configured;
  std::vector<Target> running;
};

Result<Lists> parse(std::string_view text, const std::string& path) {
  Lists lists;
  bool first = true;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    bool configured = line.starts_with(kConfigured);
    if (first ? line != kTargetsFirstLine : !configured && !line.starts_with(kRunning))
      return Status(Code::kCorrupt, path + ": is no list of targets");
    if (!first) {
      line.remove_prefix(configured ? kConfigured.size() : kRunning.size());
      auto target = Target::parse_forward(line);
      if (!target.ok()) return Status(Code::kCorrupt, path + ": " + target.status().message());
      (configured ? lists.configured : lists.running).push_back(*target);
    }
    first = false;
  }
  return lists;
}

}  // namespace

bool same_targets(const std::vector<Target>& a, const std::vector<Target>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Target& x, const Target& y) {
    return x.same_as(y) && x.optional == y.optional;
  });
}

SavedTargets::SavedTargets(FileSystem& fs, const std::string& directory)
    : fs_(fs), path_(directory.empty() ? "" : join_path(directory, "targets")) {}

Result<std::vector<Target>> SavedTargets::load(const std::vector<Target>& configured) const {
  if (path_.empty()) return configured;
  auto text = read_file(fs_, path_, kLargestTargetsFile);
  if (text.status().code() == Code::kNotFound) return configured;
  if (!text.ok()) return text.status();
  OX_ASSIGN_OR_RETURN(Lists lists, parse(*text, path_));
  return same_targets(lists.configured, configured) ? lists.running : configured;
}

Status SavedTargets::save(const std::vector<Target>& configured,
                          const std::vector<Target>& running) const {
  if (path_.empty()) return ok_status();
  if (same_targets(configured, running)) {
    Status removed = fs_.remove(path_);
    if (removed.code() == Code::kNotFound) return ok_status();
    OX_RETURN_IF_ERROR(removed);
    return fs_.sync_directory(directory_of(path_));
  }
  std::string text(kTargetsFirstLine);
  text += '\n';
  auto add = [&text](std::string_view key, const std::vector<Target>& targets) {
    for (const Target& target : targets) text.append(key).append(target.text()).push_back('\n');
  };
  add(kConfigured, configured);
  add(kRunning, running);
  return replace_file(fs_, path_, text);
}

}  // namespace ox
