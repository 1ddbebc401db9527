#include "common/store/cutoffs.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "common/base/bytes.h"
#include "common/base/crc32c.h"
#include "common/store/seekable_zstd.h"
#include "proto/log_name.h"

namespace ox {
namespace {

constexpr std::string_view kCutoffsMagic = "OXCO";
constexpr std::uint32_t kCutoffsVersion = 1;
constexpr std::size_t kCutoffsHead = 12;
constexpr WallTime kCutoffDay = std::chrono::hours(24);

enum CutoffFlags : std::uint8_t {
  kHasBefore = 1,
  kHasLevel = 2,
  kLoggerIds = 4,
  kExactType = 8,
};

void append_string16(std::string& out, std::string_view text) {
  append_le(out, static_cast<std::uint16_t>(text.size()));
  out += text;
}

// Without the suffix of its compression.
std::string_view plain_path(std::string_view path) {
  for (std::string_view suffix : {".zst", ".gz", ".bz2"})
    if (path.ends_with(suffix)) return path.substr(0, path.size() - suffix.size());
  return path;
}

// Up to which rule a compressed file has nothing of what is hidden.
std::uint64_t done_up_to(FileSystem& fs, const std::string& zst_path) {
  auto file = fs.open(zst_path, FileSystem::Open::kReadFollow);
  if (!file.ok()) return 0;
  auto index = read_seekable_index(**file);
  if (!index.ok() || !*index || !(*index)->origin) return 0;
  return (*index)->origin->cutoffs;
}

bool is_same_file(FileSystem& fs, const std::string& path, const CutoffReach& reach) {
  auto file = fs.open(path, FileSystem::Open::kReadFollow);
  if (!file.ok()) return true;
  auto crc = cutoff_tail_crc(**file, reach.length);
  if (!crc.ok()) return crc.status().code() != Code::kNotFound;
  return *crc == reach.tail_crc;
}

// What rules are asked about one file, looked up at most once.
class FileFacts {
 public:
  FileFacts(FileSystem& fs, const LogFile& file, std::string relative)
      : fs_(fs), file_(file), relative_(std::move(relative)), day_(cutoff_day(file.start)) {}

  std::optional<std::uint64_t> reach_of(const Cutoff& rule) {
    if (day_ < rule.day)
      return done_up_to_rule() < rule.number ? std::optional(CutoffReach::kWhole) : std::nullopt;
    const bool plain = file_.compression == Compression::kNone;
    auto listed = rule.files.find(relative_);
    const bool named = listed != rule.files.end();
    // Somebody compressed it since: the same bytes.
    if (!named && !plain) listed = rule.files.find(plain_path(relative_));
    if (listed == rule.files.end() || done_up_to_rule() >= rule.number) return std::nullopt;
    if (plain && listed->second.length != CutoffReach::kWhole &&
        !is_same_file(fs_, file_.path, listed->second))
      return std::nullopt;
    return listed->second.length;
  }

 private:
  std::uint64_t done_up_to_rule() {
    if (!done_) {
      const bool plain = file_.compression == Compression::kNone;
      done_ = file_.compression == Compression::kZstd || plain
                  ? done_up_to(fs_, plain ? file_.path + ".zst" : file_.path)
                  : 0;
    }
    return *done_;
  }

  FileSystem& fs_;
  const LogFile& file_;
  const std::string relative_;
  const WallTime day_;
  std::optional<std::uint64_t> done_;
};

bool reaches_as_far(const Cutoff& rule, const std::string& path, const CutoffReach& reach) {
  auto name = parse_log_file_name(base_name(path));
  if (name && cutoff_day(name->start) < rule.day) return true;
  auto own = rule.files.find(path);
  if (own == rule.files.end()) return false;
  if (own->second.length == reach.length) return own->second == reach;
  return own->second.length > reach.length;
}

bool hides_all_of(const Cutoff& rule, const Cutoff& other) {
  return rule.scope.contains(other.scope) && rule.day >= other.day &&
         std::all_of(other.files.begin(), other.files.end(), [&](const auto& file) {
           return reaches_as_far(rule, file.first, file.second);
         });
}

std::optional<Cutoff> read_rule(ByteReader& reader) {
  Cutoff rule;
  rule.number = reader.le<std::uint64_t>();
  rule.day = WallTime(reader.le<std::int64_t>());
  const auto flags = reader.le<std::uint8_t>();
  const auto before = reader.le<double>();
  const auto level = reader.le<std::int64_t>();
  if ((flags & kHasBefore) != 0) rule.scope.before = before;
  if ((flags & kHasLevel) != 0) rule.scope.min_level = level;
  rule.scope.logger_ids = (flags & kLoggerIds) != 0;
  std::string type(reader.string16());
  if ((flags & kExactType) == 0) type += '*';
  auto types = TypePattern::parse(type);
  if (!types.ok()) return std::nullopt;
  rule.scope.types = *types;
  for (auto n = reader.le<std::uint32_t>(); n > 0 && reader.ok(); --n)
    rule.scope.names.emplace_back(reader.string16());
  for (auto n = reader.le<std::uint32_t>(); n > 0 && reader.ok(); --n) {
    std::string path(reader.string16());
    CutoffReach reach;
    reach.length = reader.le<std::uint64_t>();
    reach.tail_crc = reader.le<std::uint32_t>();
    rule.files.insert_or_assign(std::move(path), reach);
  }
  if (!reader.ok()) return std::nullopt;
  return rule;
}

}  // namespace

WallTime cutoff_day(WallTime time) {
  const WallTime into = time % kCutoffDay;
  return time - into - (into < WallTime(0) ? kCutoffDay : WallTime(0));
}

bool concerns_type(const TypePattern& types, const std::string& file_type) {
  // The name of a very long type is cut, and cannot be turned back.
  return types.matches(file_type) || (types.exact() && !types.prefix().empty() &&
                                      decode_type(encode_type(types.prefix())) == file_type);
}

Result<std::uint32_t> cutoff_tail_crc(File& file, std::uint64_t length) {
  const std::uint64_t size = std::min(length, kCutoffTailBytes);
  OX_ASSIGN_OR_RETURN(std::string tail,
                      read_up_to(file, length - size, static_cast<std::size_t>(size)));
  if (tail.size() < size)
    return Status(Code::kNotFound, fmt::format("there are no {} bytes", length));
  return crc32c(tail);
}

bool FileCutoffs::fits(const CutoffScope& scope, const EventSlices& event) const {
  if (mixed_) {
    auto type = event.type.as_text();
    if (!type || !scope.types.matches(*type)) return false;
  }
  return scope.fits_but_type(event);
}

Result<Cutoffs> Cutoffs::load(FileSystem& fs, const std::string& directory) {
  const std::string path = join_path(directory, kCutoffsName);
  auto bytes = read_file(fs, path, kMaxCutoffsBytes);
  if (!bytes.ok()) {
    if (bytes.status().code() != Code::kNotFound) return bytes.status();
    Cutoffs none;
    none.directory_ = directory;
    return none;
  }
  auto cutoffs = decode(*bytes, directory);
  if (!cutoffs.ok()) return cutoffs.status().at(path);
  return cutoffs;
}

FileCutoffs Cutoffs::of(FileSystem& fs, const LogFile& file) const {
  FileCutoffs out;
  if (rules_.empty()) return out;
  out.mixed_ = file.type == kOverflowType;
  FileFacts facts(fs, file, relative(file.path));
  for (const Cutoff& rule : rules_) {
    if (!out.mixed_ && !concerns_type(rule.scope.types, file.type)) continue;
    if (auto length = facts.reach_of(rule)) out.rules_.push_back({&rule.scope, *length});
  }
  return out;
}

Status Cutoffs::add(Cutoff rule) {
  rule.number = latest_ + 1;
  std::vector<Cutoff> rules;
  for (const Cutoff& former : rules_)
    if (!hides_all_of(rule, former)) rules.push_back(former);
  if (rules.size() >= kMaxCutoffs)
    return Status(
        Code::kTooLarge,
        fmt::format("there are {} cut-offs already, which hide different events; retention "
                    "of whole days (--retain-days) makes room",
                    rules.size()));
  rules.push_back(std::move(rule));
  Cutoffs next = *this;
  next.rules_ = std::move(rules);
  next.latest_ = latest_ + 1;
  if (next.encode().size() > kMaxCutoffsBytes)
    return Status(Code::kTooLarge, "the cut-offs name too many files");
  *this = std::move(next);
  return ok_status();
}

bool Cutoffs::implied(const Cutoff& rule) const {
  return std::any_of(rules_.begin(), rules_.end(),
                     [&](const Cutoff& each) { return hides_all_of(each, rule); });
}

void Cutoffs::forget_idle(FileSystem& fs, const std::vector<LogFile>& files) {
  std::map<std::uint64_t, std::set<std::string, std::less<>>>
      used;  // rule -> files it reaches into
  for (const LogFile& file : files) {
    FileFacts facts(fs, file, relative(file.path));
    for (const Cutoff& rule : rules_) {
      const bool concerned =
          file.type == kOverflowType || concerns_type(rule.scope.types, file.type);
      if (concerned && facts.reach_of(rule)) used[rule.number].insert(relative(file.path));
    }
  }
  std::erase_if(rules_, [&](const Cutoff& rule) { return !used.contains(rule.number); });
  for (Cutoff& rule : rules_) {
    const auto& reached = used[rule.number];
    std::erase_if(rule.files, [&](const auto& file) {
      return std::none_of(reached.begin(), reached.end(), [&](const std::string& path) {
        return path == file.first || plain_path(path) == file.first;
      });
    });
  }
}

Status Cutoffs::save(FileSystem& fs) const {
  return replace_file(fs, join_path(directory_, kCutoffsName), encode());
}

std::string Cutoffs::encode() const {
  std::string body;
  append_le(body, latest_);
  append_le(body, static_cast<std::uint32_t>(rules_.size()));
  for (const Cutoff& rule : rules_) {
    const CutoffScope& scope = rule.scope;
    append_le(body, rule.number);
    append_le(body, static_cast<std::int64_t>(rule.day.count()));
    const int flags = (scope.before ? kHasBefore : 0) | (scope.min_level ? kHasLevel : 0) |
                      (scope.logger_ids ? kLoggerIds : 0) | (scope.types.exact() ? kExactType : 0);
    append_le(body, static_cast<std::uint8_t>(flags));
    append_le(body, scope.before.value_or(0));
    append_le(body, scope.min_level.value_or(0));
    append_string16(body, scope.types.prefix());
    append_le(body, static_cast<std::uint32_t>(scope.names.size()));
    for (const std::string& name : scope.names) append_string16(body, name);
    append_le(body, static_cast<std::uint32_t>(rule.files.size()));
    for (const auto& [path, reach] : rule.files) {
      append_string16(body, path);
      append_le(body, reach.length);
      append_le(body, reach.tail_crc);
    }
  }
  std::string out(kCutoffsMagic);
  append_le(out, kCutoffsVersion);
  append_le(out, crc32c(body));
  return out + body;
}

Result<Cutoffs> Cutoffs::decode(std::string_view bytes, std::string directory) {
  ByteReader reader(bytes);
  const Status damaged(Code::kCorrupt, "is no list of cut-offs, or is damaged");
  if (reader.take(kCutoffsMagic.size()) != kCutoffsMagic) return damaged;
  const auto version = reader.le<std::uint32_t>();
  const auto crc = reader.le<std::uint32_t>();
  if (!reader.ok()) return damaged;
  if (version != kCutoffsVersion)
    return Status(Code::kUnsupported, fmt::format("is of version {}, of a newer oxd", version));
  if (crc32c(bytes.substr(kCutoffsHead)) != crc) return damaged;
  Cutoffs cutoffs;
  cutoffs.directory_ = std::move(directory);
  cutoffs.latest_ = reader.le<std::uint64_t>();
  for (auto n = reader.le<std::uint32_t>(); n > 0; --n) {
    auto rule = read_rule(reader);
    if (!rule) return damaged;
    cutoffs.rules_.push_back(std::move(*rule));
  }
  if (!reader.ok() || !reader.at_end()) return damaged;
  return cutoffs;
}

std::string Cutoffs::relative(const std::string& path) const {
  std::string_view rest = path;
  if (rest.starts_with(directory_)) rest.remove_prefix(directory_.size());
  while (rest.starts_with('/')) rest.remove_prefix(1);
  return std::string(rest);
}

}  // namespace ox
