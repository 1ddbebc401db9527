#include "common/ingest/model/timestamp.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "common/base/ascii.h"
#include "common/base/civil_time.h"
#include "common/ingest/model/text.h"

namespace ox {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kFirst = -62'135'596'800 * kMicrosPerSecond;       // 0001-01-01T00:00:00Z
constexpr std::int64_t kBehindLast = 253'402'300'800 * kMicrosPerSecond;  // year 10000

bool in_range(std::int64_t micros) { return micros >= kFirst && micros < kBehindLast; }

std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

int days_in_month(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[month - 1];
}

// Reads the parts of a timestamp from left to right.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  std::size_t digits_ahead() const {
    std::size_t n = 0;
    while (n < rest_.size() && is_digit(rest_[n])) ++n;
    return n;
  }
  bool take(char c) {
    if (peek() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Exactly `count` digits.
  bool number(std::size_t count, int& out) {
    if (rest_.size() < count) return false;
    out = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!is_digit(rest_[i])) return false;
      out = out * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return true;
  }
  // 1 to 9 digits, of which six count.
  bool fraction(int& micros) {
    std::size_t digits = digits_ahead();
    if (digits < 1 || digits > 9) return false;
    micros = 0;
    for (std::size_t i = 0; i < 6; ++i) micros = micros * 10 + (i < digits ? rest_[i] - '0' : 0);
    rest_.remove_prefix(digits);
    return true;
  }

 private:
  std::string_view rest_;
};

bool read_date(Reader& in, CivilTime& out, bool& basic) {
  basic = in.digits_ahead() >= 8;
  if (!in.number(4, out.year)) return false;
  if (!basic && !in.take('-')) return false;
  if (!in.number(2, out.month)) return false;
  if (!basic && !in.take('-')) return false;
  if (!in.number(2, out.day)) return false;
  return out.year >= 1 && out.month >= 1 && out.month <= 12 && out.day >= 1 &&
         out.day <= days_in_month(out.year, out.month);
}

bool read_clock(Reader& in, CivilTime& out, bool basic) {
  if (!in.number(2, out.hour)) return false;
  if (!basic && !in.take(':')) return false;
  if (!in.number(2, out.minute)) return false;
  bool seconds = basic ? is_digit(in.peek()) : in.take(':');
  if (seconds) {
    if (!in.number(2, out.second)) return false;
    if ((in.take('.') || in.take(',')) && !in.fraction(out.micros)) return false;
  }
  return out.hour < 24 && out.minute < 60 && out.second <= 60;
}

// Seconds to the east of UTC.
bool read_offset(Reader& in, std::int64_t& out) {
  out = 0;
  in.take(' ');
  if (in.take('Z') || in.take('z')) return true;
  bool west = in.take('-');
  if (!west && !in.take('+')) return false;
  int hours = 0;
  int minutes = 0;
  if (!in.number(2, hours)) return false;
  bool colon = in.take(':');
  if ((colon || !in.at_end()) && !in.number(2, minutes)) return false;
  if (hours > 23 || minutes > 59) return false;
  out = (hours * 60 + minutes) * 60 * (west ? -1 : 1);
  return true;
}

std::optional<WallTime> read(std::string_view text) {
  Reader in(text);
  CivilTime civil;
  bool basic = false;
  std::int64_t offset = 0;
  if (!read_date(in, civil, basic)) return std::nullopt;
  if (!in.at_end()) {
    if (!in.take('T') && !in.take('t') && !in.take(' ')) return std::nullopt;
    if (!read_clock(in, civil, basic)) return std::nullopt;
    if (!in.at_end() && !read_offset(in, offset)) return std::nullopt;
    if (!in.at_end()) return std::nullopt;
  }
  const bool leap_second = civil.second == 60;
  if (leap_second) civil.second = 59;
  std::int64_t micros = from_utc(civil).count() - offset * kMicrosPerSecond;
  if (leap_second) micros += kMicrosPerSecond;
  if (!in_range(micros)) return std::nullopt;
  return WallTime(micros);
}

Status not_a_time(std::string_view text) {
  std::string quoted(cut_bytes(text, 64));
  return Status(Code::kInvalid, "not a time: \"" + quoted + "\"");
}

std::optional<Timestamp> from_micros(std::int64_t micros) {
  if (!in_range(micros)) return std::nullopt;
  return Timestamp::of(WallTime(micros));
}

// By its magnitude, `size` being |value|.
std::optional<Timestamp> from_integer(std::int64_t value, std::uint64_t size) {
  if (size >= 9'000'000'000'000'000'000) return from_micros(floor_divide(value, 10'000));
  if (size >= 100'000'000'000'000'000) return from_micros(floor_divide(value, 1'000));
  if (size >= 100'000'000'000'000) return from_micros(value);
  if (size >= 100'000'000'000) return from_micros(value * 1'000);
  return from_micros(value * kMicrosPerSecond);
}

}  // namespace

Result<Timestamp> parse_timestamp(std::string_view text) {
  auto at = read(trimmed(text));
  if (!at) return not_a_time(text);
  return Timestamp::of(*at);
}

std::optional<Timestamp> timestamp_from_int(std::int64_t value) {
  std::uint64_t size =
      value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  return from_integer(value, size);
}

std::optional<Timestamp> timestamp_from_uint(std::uint64_t value) {
  if (value <= INT64_MAX) return timestamp_from_int(static_cast<std::int64_t>(value));
  return from_micros(static_cast<std::int64_t>(value / 10'000));
}

std::optional<Timestamp> timestamp_from_double(double value) {
  double size = std::fabs(value);
  if (!(size < 1e11)) {
    // Milliseconds and below: a float64 has no fraction of a microsecond left at today's times.
    if (size >= 9e18) return timestamp_from_seconds(value / 1e10);
    if (size >= 1e17) return timestamp_from_seconds(value / 1e9);
    if (size >= 1e14) return timestamp_from_seconds(value / 1e6);
    return timestamp_from_seconds(value / 1e3);
  }
  return timestamp_from_seconds(value);
}

std::optional<Timestamp> timestamp_from_seconds(double seconds) {
  if (!(std::fabs(seconds) < 1e12)) return std::nullopt;  // NaN, too
  double whole = 0;
  double fraction = std::modf(seconds, &whole);
  // nearbyint() rounds half to even unless somebody changed the rounding mode; nobody does.
  double micros = std::nearbyint(fraction * 1e6);
  std::int64_t at =
      static_cast<std::int64_t>(whole) * kMicrosPerSecond + static_cast<std::int64_t>(micros);
  if (!in_range(at)) return std::nullopt;
  return Timestamp{WallTime(at), seconds};
}

Result<Timestamp> timestamp_from(RawValue value) {
  std::optional<Timestamp> found;
  if (auto text = value.as_text()) {
    if (auto at = read(trimmed(*text))) return Timestamp::of(*at);
    std::string_view digits = trimmed(*text);
    const char* end = digits.data() + digits.size();
    std::int64_t integer = 0;
    std::uint64_t large = 0;
    double number = 0;
    auto whole = [&](std::from_chars_result got) {
      return !digits.empty() && got.ec == std::errc() && got.ptr == end;
    };
    if (whole(std::from_chars(digits.data(), end, integer))) {
      found = timestamp_from_int(integer);
    } else if (whole(std::from_chars(digits.data(), end, large))) {
      found = timestamp_from_uint(large);
    } else if (whole(std::from_chars(digits.data(), end, number))) {
      found = timestamp_from_double(number);
    }
    if (!found) return not_a_time(*text);
    return *found;
  }
  if (auto integer = value.as_int()) {
    found = timestamp_from_int(*integer);
  } else if (auto large = value.as_uint()) {
    found = timestamp_from_uint(*large);
  } else if (auto number = value.as_number()) {
    found = timestamp_from_double(*number);
  }
  if (found) return *found;
  if (auto number = value.as_number())
    return Status(Code::kInvalid, fmt::format("not a time: {}", *number));
  return Status(Code::kInvalid, "not a time: neither a number nor text");
}

std::string format_python_utc(WallTime at) {
  CivilTime c = to_utc(at);
  std::string text = fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", c.year, c.month, c.day,
                                 c.hour, c.minute, c.second);
  if (c.micros != 0) text += fmt::format(".{:06}", c.micros);
  return text + "+00:00";
}

}  // namespace ox
