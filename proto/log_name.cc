#include "proto/log_name.h"

#include <chrono>

#include <fmt/format.h>

#include "common/base/bytes.h"
#include "common/base/civil_time.h"

namespace ox {
namespace {

constexpr std::size_t kMaxEncodedType = 200;  // leaves room for "-YYYYMMDDHH.log.zst" below 255
constexpr std::size_t kHashDigits = 16;

// FNV-1a, 64 bits: the offset basis and prime are those of its specification.
std::uint64_t fnv1a(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

int number(std::string_view digits) {
  int value = 0;
  for (char c : digits) value = value * 10 + (c - '0');
  return value;
}

std::optional<WallTime> parse_period(std::string_view digits) {
  CivilTime c;
  c.year = number(digits.substr(0, 4));
  c.month = number(digits.substr(4, 2));
  c.day = number(digits.substr(6, 2));
  if (digits.size() == 10) c.hour = number(digits.substr(8, 2));
  std::chrono::year_month_day ymd{std::chrono::year(c.year),
                                  std::chrono::month(static_cast<unsigned>(c.month)),
                                  std::chrono::day(static_cast<unsigned>(c.day))};
  if (!ymd.ok() || c.hour > 23) return std::nullopt;
  return from_utc(c);
}

}  // namespace

std::string encode_type(std::string_view type) {
  std::string out;
  for (std::size_t i = 0; i < type.size(); ++i) {
    auto c = static_cast<unsigned char>(type[i]);
    bool plain = c > 0x1f && c != 0x7f && c != '/' && c != '%' && !(c == '.' && i == 0);
    if (plain) {
      out.push_back(type[i]);
    } else {
      out += fmt::format("%{:02X}", c);
    }
  }
  if (out.size() > kMaxEncodedType) {
    out.resize(kMaxEncodedType - kHashDigits - 1);
    out += fmt::format("~{:016x}", fnv1a(type));
  }
  return out;
}

std::string decode_type(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '%' && i + 2 < name.size()) {
      std::string byte = from_hex(name.substr(i + 1, 2));
      if (byte.size() == 1) {
        out += byte;
        i += 2;
        continue;
      }
    }
    out.push_back(name[i]);
  }
  return out;
}

WallTime period_start(WallTime t, int rotate_hours) {
  std::int64_t hours = std::chrono::floor<std::chrono::hours>(t).count();
  std::int64_t day_hour = ((hours % 24) + 24) % 24;
  std::int64_t step = rotate_hours == 0 ? 24 : rotate_hours;
  return std::chrono::hours(hours - day_hour % step);
}

std::string log_file_path(std::string_view type, WallTime t, int rotate_hours) {
  CivilTime c = to_utc(period_start(t, rotate_hours));
  std::string date = fmt::format("{:04}{:02}{:02}", c.year, c.month, c.day);
  std::string hour = rotate_hours == 0 ? "" : fmt::format("{:02}", c.hour);
  return fmt::format("{}/{}-{}{}.log", date, encode_type(type), date, hour);
}

std::optional<LogFileName> parse_log_file_name(std::string_view name) {
  LogFileName parsed;
  if (name.ends_with(".gz")) {
    parsed.compression = Compression::kGzip;
    name.remove_suffix(3);
  } else if (name.ends_with(".bz2")) {
    parsed.compression = Compression::kBzip2;
    name.remove_suffix(4);
  } else if (name.ends_with(".zst")) {
    parsed.compression = Compression::kZstd;
    name.remove_suffix(4);
  }
  if (!name.ends_with(".log")) return std::nullopt;
  name.remove_suffix(4);
  // The type is greedy: the last "-<8 or 10 digits>", followed by the end or "-<host>", is the
  // date.
  for (std::size_t dash = name.rfind('-'); dash != std::string_view::npos && dash > 0;
       dash = name.rfind('-', dash - 1)) {
    std::string_view rest = name.substr(dash + 1);
    std::string_view digits = rest.substr(0, rest.find('-'));
    if ((digits.size() != 8 && digits.size() != 10) || !is_digits(digits)) continue;
    auto start = parse_period(digits);
    if (!start) continue;
    parsed.type = decode_type(name.substr(0, dash));
    parsed.start = *start;
    parsed.length = std::chrono::hours(digits.size() == 8 ? 24 : 1);
    if (rest.size() > digits.size()) parsed.host = rest.substr(digits.size() + 1);
    return parsed;
  }
  return std::nullopt;
}

}  // namespace ox
