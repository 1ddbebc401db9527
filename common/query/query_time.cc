#include "common/query/query_time.h"

#include <chrono>

#include "common/base/ascii.h"
#include "common/base/civil_time.h"

namespace ox {
namespace {

// Takes a time apart from the left; every take is refused once one was.
class TimeText {
 public:
  explicit TimeText(std::string_view text) : text_(text) {}

  bool done() const { return at_ == text_.size(); }
  char peek() const { return done() ? '\0' : text_[at_]; }
  bool take(char c) {
    if (peek() != c || done()) return false;
    ++at_;
    return true;
  }
  bool take_any(std::string_view set) {
    if (done() || set.find(peek()) == std::string_view::npos) return false;
    ++at_;
    return true;
  }
  // Exactly `digits` digits.
  bool take_number(int digits, int& out) {
    out = 0;
    for (int i = 0; i < digits; ++i, ++at_) {
      if (!is_digit(peek())) return false;
      out = out * 10 + (peek() - '0');
    }
    return true;
  }
  bool take_fraction(int& micros) {
    if (!is_digit(peek())) return false;
    int scale = 100'000;
    for (micros = 0; is_digit(peek()); ++at_, scale /= 10) micros += (peek() - '0') * scale;
    return true;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

bool take_clock(TimeText& text, CivilTime& c) {
  if (!text.take_number(2, c.hour) || !text.take(':') || !text.take_number(2, c.minute))
    return false;
  if (text.take(':')) {
    if (!text.take_number(2, c.second)) return false;
    if (text.take_any(".,") && !text.take_fraction(c.micros)) return false;
  }
  return c.hour < 24 && c.minute < 60 && c.second < 60;
}

bool take_offset(TimeText& text, int& minutes) {
  text.take(' ');
  if (text.done() || text.take_any("Zz")) return true;
  const bool west = text.peek() == '-';
  if (!text.take_any("+-")) return false;
  int hour = 0;
  int minute = 0;
  if (!text.take_number(2, hour)) return false;
  const bool colon = text.take(':');
  if ((colon || !text.done()) && !text.take_number(2, minute)) return false;
  minutes = (hour * 60 + minute) * (west ? -1 : 1);
  return hour < 24 && minute < 60;
}

}  // namespace

std::optional<std::int64_t> parse_query_time(std::string_view given) {
  TimeText text(trimmed(given));
  CivilTime c;
  if (!text.take_number(4, c.year) || !text.take('-') || !text.take_number(2, c.month) ||
      !text.take('-') || !text.take_number(2, c.day))
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(c.year),
                                         std::chrono::month(static_cast<unsigned>(c.month)),
                                         std::chrono::day(static_cast<unsigned>(c.day))};
  if (c.year < 1 || !date.ok()) return std::nullopt;
  int offset = 0;
  if (!text.done()) {
    if (!text.take_any("Tt ") || !take_clock(text, c) || !take_offset(text, offset))
      return std::nullopt;
  }
  if (!text.done()) return std::nullopt;
  return (from_utc(c) - std::chrono::minutes(offset)).count();
}

}  // namespace ox
