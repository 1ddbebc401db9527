#include "common/ingest/api/pbu/env_file.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "common/base/ascii.h"

namespace ox {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;
constexpr std::uint32_t kOthersWrite = 02;

bool is_name(std::string_view text) {
  return !text.empty() && (text[0] < '0' || text[0] > '9') &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_';
         });
}

char unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

bool nothing_follows(std::string_view rest) {
  rest = trimmed(rest);
  return rest.empty() || rest.front() == '#';
}

// What stands behind the '='; nothing when a quote has no end or something behind it.
std::optional<std::string> value_of(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('\'')) {
    const std::size_t end = text.find('\'', 1);
    if (end == std::string_view::npos || !nothing_follows(text.substr(end + 1)))
      return std::nullopt;
    return std::string(text.substr(1, end - 1));
  }
  std::string out;
  if (text.starts_with('"')) {
    for (std::size_t i = 1; i < text.size(); ++i) {
      if (text[i] == '"') {
        if (!nothing_follows(text.substr(i + 1))) return std::nullopt;
        return out;
      }
      const bool escape = text[i] == '\\' && i + 1 < text.size() &&
                          std::string_view("nrt\\\"'$").find(text[i + 1]) != std::string_view::npos;
      out.push_back(escape ? unescaped(text[++i]) : text[i]);
    }
    return std::nullopt;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool after_blank = i == 0 || text[i - 1] == ' ' || text[i - 1] == '\t';
    if (text[i] == '#' && after_blank) return std::string(trimmed(text.substr(0, i)));
  }
  return std::string(text);
}

}  // namespace

EnvFile EnvFile::parse(std::string_view text) {
  EnvFile out;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    constexpr std::string_view kExport = "export ";
    if (line.starts_with(kExport)) line.remove_prefix(kExport.size());
    const std::size_t mark = line.find('=');
    const std::string_view name = trimmed(line.substr(0, mark));
    if (mark == std::string_view::npos || !is_name(name)) {
      out.complaints_.push_back(fmt::format("line {}: is not NAME=VALUE", number));
      continue;
    }
    if (auto value = value_of(line.substr(mark + 1))) {
      out.values_.insert_or_assign(std::string(name), std::move(*value));
    } else {
      out.complaints_.push_back(fmt::format("line {}: the quotes of {} do not end", number, name));
    }
  }
  return out;
}

Result<EnvFile> EnvFile::load(FileSystem& fs, const std::string& path) {
  auto info = fs.info(path);
  // A directory of this name is a virtual environment of Python's.
  if (info.status().code() == Code::kNotFound || (info.ok() && info->is_directory))
    return EnvFile();
  auto file = fs.open(path, FileSystem::Open::kReadFollow);
  if (!file.ok()) return file.status();
  OX_ASSIGN_OR_RETURN(FileInfo opened, (*file)->info());
  if (!opened.is_regular) return Status(Code::kInvalid, path + ": is not a regular file");
  if ((opened.permissions & kOthersWrite) != 0)
    return Status(Code::kInvalid,
                  fmt::format("{}: everybody may write it (mode {:04o}): chmod o-w it", path,
                              opened.permissions));
  OX_ASSIGN_OR_RETURN(std::string text, read_up_to(**file, 0, kMostBytes + 1));
  if (text.size() > kMostBytes)
    return Status(Code::kTooLarge, fmt::format("{}: has more than {} bytes", path, kMostBytes));
  return parse(text);
}

std::optional<std::string> EnvFile::find(std::string_view name) const {
  auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

}  // namespace ox
