#include "common/ingest/rotated_files.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace ox {
namespace {

// Digits with separators between them, as in ".1", "-20240131", ".2024-01-31T10:00:00".
bool is_rotation_mark(std::string_view text) {
  if (text.size() < 2 || (text.front() != '.' && text.front() != '-')) return false;
  if (text[1] < '0' || text[1] > '9') return false;
  return text.substr(1).find_first_not_of("0123456789.-_:T") == std::string_view::npos;
}

// Which of two names was given later: the smaller number, or else the later date.
bool named_later(std::string_view a, std::string_view b) {
  auto digits = [](std::string_view name) {
    std::string_view number = name.substr(name.rfind('.') + 1);
    return number.find_first_not_of("0123456789") == std::string_view::npos ? number : "";
  };
  std::string_view x = digits(a);
  std::string_view y = digits(b);
  // Up to five digits count rotations; more are a date.
  if (x.empty() || y.empty() || x.size() > 5 || y.size() > 5) return a > b;
  return x.size() != y.size() ? x.size() < y.size() : x < y;
}

// The file at `path`, if it is the marked one.
std::unique_ptr<File> open_if_marked(FileSystem& fs, const std::string& path,
                                     const FileMark& mark) {
  auto by_name = fs.info(path);  // spares opening every file of a directory
  if (!by_name.ok() || by_name->id != mark.id) return nullptr;
  auto file = fs.open(path, FileSystem::Open::kReadFollow);
  if (!file.ok()) return nullptr;
  // The name may have gone to another file since it was looked at.
  auto info = (*file)->info();
  if (!info.ok() || info->id != mark.id || info->size < mark.offset) return nullptr;
  auto head = read_head(**file);
  return head.ok() && mark.fingerprint.matches(*head) ? std::move(*file) : nullptr;
}

// The directory in which rotation takes place: that of the file itself when the path is a link.
std::string directory_behind(FileSystem& fs, const std::string& path, std::string* base) {
  auto resolved = fs.resolve(path);
  // A dangling link, or no file at the moment: its place is where the path says.
  const std::string& real = resolved.ok() ? *resolved : path;
  *base = base_name(real);
  return directory_of(real);
}

}  // namespace

bool is_rotated_name(std::string_view name, std::string_view base) {
  if (name.starts_with(base)) return is_rotation_mark(name.substr(base.size()));
  auto dot = base.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  std::string_view stem = base.substr(0, dot);
  std::string_view extension = base.substr(dot);
  if (name.size() < base.size() || !name.starts_with(stem) || !name.ends_with(extension))
    return false;
  return is_rotation_mark(name.substr(stem.size(), name.size() - stem.size() - extension.size()));
}

namespace {

// A rotation renames one file after the other. Whoever looks meanwhile may see a file under two
// names, or under none: what counts is a look during which no name changed.
constexpr int kMostLooks = 100;

// Which file has which of the names that count.
using Names = std::vector<std::pair<std::string, FileId>>;

Names names_now(FileSystem& fs, const std::string& path, const std::string& directory,
                const std::string& base) {
  Names names;
  auto add = [&](const std::string& name) {
    if (auto info = fs.info(name); info.ok()) names.emplace_back(name, info->id);
  };
  if (auto entries = fs.list(directory); entries.ok()) {
    for (const DirectoryEntry& entry : *entries)
      if (!entry.is_directory && is_rotated_name(entry.name, base))
        add(join_path(directory, entry.name));
  }
  add(path);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Result<std::unique_ptr<File>> open_marked(FileSystem& fs, const std::string& path,
                                          const FileMark& mark) {
  if (auto file = open_if_marked(fs, path, mark)) return file;
  std::string base;
  std::string directory = directory_behind(fs, path, &base);
  Names before = names_now(fs, path, directory, base);
  for (int look = 0; look < kMostLooks; ++look) {
    OX_ASSIGN_OR_RETURN(auto entries, fs.list(directory));
    for (const DirectoryEntry& entry : entries) {
      if (entry.is_directory) continue;
      if (auto file = open_if_marked(fs, join_path(directory, entry.name), mark)) return file;
    }
    Names after = names_now(fs, path, directory, base);
    if (after == before) break;
    before = std::move(after);
  }
  return Status(Code::kNotFound, fmt::format("{}: the file read so far (inode {}) is gone from {}",
                                             path, mark.id.inode, directory));
}

namespace {

std::vector<RotatedFile> look_for_rotated(FileSystem& fs, const std::string& path,
                                          const std::string& directory, const std::string& base,
                                          const FileInfo& known) {
  std::vector<RotatedFile> out;
  auto entries = fs.list(directory);
  if (!entries.ok()) return out;
  auto at_path = fs.info(path);
  std::string known_as;
  for (const DirectoryEntry& entry : *entries) {
    if (entry.is_directory || !is_rotated_name(entry.name, base)) continue;
    std::string candidate = join_path(directory, entry.name);
    auto info = fs.info(candidate);
    if (!info.ok() || !info->is_regular) continue;
    if (info->id == known.id) known_as = candidate;
    if (info->id == known.id || info->size == 0 || info->modified < known.modified) continue;
    if (at_path.ok() && info->id == at_path->id) continue;
    out.push_back({candidate, *info});
  }
  // Time stamps are as coarse as the kernel's tick: where they tie, the names decide.
  std::erase_if(out, [&](const RotatedFile& file) {
    return file.info.modified == known.modified && !known_as.empty() &&
           !named_later(file.path, known_as);
  });
  std::sort(out.begin(), out.end(), [](const RotatedFile& a, const RotatedFile& b) {
    return a.info.modified != b.info.modified ? a.info.modified < b.info.modified
                                              : named_later(b.path, a.path);
  });
  return out;
}

}  // namespace

std::vector<RotatedFile> rotated_after(FileSystem& fs, const std::string& path,
                                       const FileInfo& known) {
  std::string base;
  std::string directory = directory_behind(fs, path, &base);
  std::vector<RotatedFile> out;
  Names before = names_now(fs, path, directory, base);
  for (int look = 0; look < kMostLooks; ++look) {
    out = look_for_rotated(fs, path, directory, base, known);
    Names after = names_now(fs, path, directory, base);
    if (after == before) break;
    before = std::move(after);
  }
  return out;
}

}  // namespace ox
