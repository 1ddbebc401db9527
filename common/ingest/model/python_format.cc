#include "common/ingest/model/python_format.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "common/ingest/model/python_repr.h"
#include "common/ingest/model/text.h"
#include "proto/utf8.h"

namespace ox {
namespace {

using Kind = RawValue::Kind;

// One conversion of the format, "%-8.3f".
struct Conversion {
  bool left = false;
  bool sign = false;
  bool blank = false;
  bool alternate = false;
  bool zero = false;
  std::size_t width = 0;
  std::optional<std::size_t> precision;
  char type = '\0';
};

Status wrong(std::string what) { return Status(Code::kInvalid, std::move(what)); }

// A number's digits, with its sign taken off.
struct Number {
  bool negative = false;
  std::string text;
};

class Formatter {
 public:
  Formatter(std::string_view msg, RawValue args, std::size_t max_bytes)
      : msg_(msg), args_(args), max_bytes_(max_bytes) {
    // As CPython's unicode_format_arg: a tuple is consumed element by element, anything else once.
    if (args.is_array()) {
      for (RawValue element : RawArray(args)) tuple_.push_back(element);
      is_tuple_ = true;
    } else {
      single_ = args;
      single_left_ = true;
    }
  }

  Result<std::string> run() {
    while (at_ < msg_.size()) {
      std::size_t percent = msg_.find('%', at_);
      out_.append(msg_, at_, percent - at_);
      if (percent == std::string_view::npos) break;
      at_ = percent + 1;
      OX_RETURN_IF_ERROR(convert());
      if (out_.size() > max_bytes_) return too_large();
    }
    if (out_.size() > max_bytes_) return too_large();
    const bool all_used = is_tuple_ ? next_ == tuple_.size() : args_.is_map() || !single_left_;
    if (!all_used) return wrong("not all arguments converted during string formatting");
    return std::move(out_);
  }

 private:
  Status too_large() const {
    return Status(Code::kTooLarge,
                  "the formatted text has over " + std::to_string(max_bytes_) + " bytes");
  }

  Status next_argument(RawValue& out) {
    if (is_tuple_ && !keyed_) {
      if (next_ == tuple_.size()) return wrong("not enough arguments for format string");
      out = tuple_[next_++];
      return ok_status();
    }
    if (!single_left_) return wrong("not enough arguments for format string");
    single_left_ = false;
    out = single_;
    return ok_status();
  }

  // "(key)": the value becomes the one argument there is.
  Status take_key() {
    if (!args_.is_map()) return wrong("format requires a mapping");
    const std::size_t begin = ++at_;
    int depth = 1;
    for (; at_ < msg_.size() && depth > 0; ++at_) {
      if (msg_[at_] == '(') ++depth;
      if (msg_[at_] == ')') --depth;
    }
    if (depth > 0) return wrong("incomplete format key");
    std::string_view key = msg_.substr(begin, at_ - begin - 1);
    if (values_.empty()) {
      // The last of equal keys, as Python's dict has it.
      for (const RawMap::Entry& entry : RawMap(args_))
        if (entry.key.kind() == Kind::kText) values_[entry.name] = entry.value;
    }
    auto value = values_.find(key);
    if (value == values_.end()) {
      std::string text;
      append_python_repr(text, key);
      return wrong("KeyError: " + text);
    }
    keyed_ = true;
    single_ = value->second;
    single_left_ = true;
    return ok_status();
  }

  // Digits or '*'. negative: only '*' may be.
  Status take_size(const char* name, std::size_t& out, bool& negative) {
    out = 0;
    negative = false;
    if (peek() == '*') {
      ++at_;
      RawValue value;
      OX_RETURN_IF_ERROR(next_argument(value));
      std::optional<std::int64_t> number = value.as_int();
      if (auto truth = value.as_bool()) number = *truth ? 1 : 0;
      if (!number) return wrong("* wants int");
      negative = *number < 0;
      std::uint64_t size =
          negative ? 0 - static_cast<std::uint64_t>(*number) : static_cast<std::uint64_t>(*number);
      if (size > max_bytes_ && !(negative && name[0] == 'p')) return too_large();
      out = static_cast<std::size_t>(size);
      return ok_status();
    }
    for (; peek() >= '0' && peek() <= '9'; ++at_) {
      out = out * 10 + static_cast<std::size_t>(peek() - '0');
      if (out > max_bytes_) return too_large();
    }
    return ok_status();
  }

  char peek() const { return at_ < msg_.size() ? msg_[at_] : '\0'; }

  Status convert() {
    if (peek() == '%') {
      ++at_;
      out_.push_back('%');
      return ok_status();
    }
    Conversion conversion;
    if (peek() == '(') OX_RETURN_IF_ERROR(take_key());
    for (bool flag = true; flag;) {
      switch (peek()) {
        case '-':
          conversion.left = true;
          break;
        case '+':
          conversion.sign = true;
          break;
        case ' ':
          conversion.blank = true;
          break;
        case '#':
          conversion.alternate = true;
          break;
        case '0':
          conversion.zero = true;
          break;
        default:
          flag = false;
      }
      if (flag) ++at_;
    }
    bool negative = false;
    OX_RETURN_IF_ERROR(take_size("width", conversion.width, negative));
    if (negative) conversion.left = true;
    if (peek() == '.') {
      ++at_;
      std::size_t precision = 0;
      OX_RETURN_IF_ERROR(take_size("precision", precision, negative));
      conversion.precision = negative ? 0 : precision;
    }
    if (peek() == 'h' || peek() == 'l' || peek() == 'L') ++at_;
    if (at_ == msg_.size()) return wrong("incomplete format");
    conversion.type = msg_[at_++];
    RawValue value;
    OX_RETURN_IF_ERROR(next_argument(value));
    return write(conversion, value);
  }

  Status write(const Conversion& conversion, RawValue value) {
    switch (conversion.type) {
      case 's':
      case 'r':
      case 'a':
        write_text(conversion, value);
        return ok_status();
      case 'c':
        return write_character(conversion, value);
      case 'd':
      case 'i':
      case 'u':
      case 'o':
      case 'x':
      case 'X':
        return write_integer(conversion, value);
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G':
        return write_float(conversion, value);
      default:
        return wrong(
            fmt::format("unsupported format character '{}' at index {}", conversion.type, at_ - 1));
    }
  }

  void write_text(const Conversion& conversion, RawValue value) {
    std::string text;
    if (conversion.type == 's') {
      append_python_str(text, value);
    } else {
      append_python_repr(text, value);
    }
    if (conversion.type == 'a') text = to_ascii(text);
    std::string_view shown = text;
    if (conversion.precision) shown = cut_code_points(shown, *conversion.precision);
    pad_text(conversion, shown);
  }

  // What is not ASCII in a repr(), escaped.
  static std::string to_ascii(std::string_view repr) {
    std::string out;
    for (std::size_t at = 0; at < repr.size();) {
      std::uint32_t c = next_code_point(repr, at);
      if (c < 0x80) {
        out.push_back(static_cast<char>(c));
      } else {
        out += c < 0x100     ? fmt::format("\\x{:02x}", c)
               : c < 0x10000 ? fmt::format("\\u{:04x}", c)
                             : fmt::format("\\U{:08x}", c);
      }
    }
    return out;
  }

  void pad_text(const Conversion& conversion, std::string_view text) {
    std::size_t length = count_code_points(text);
    std::size_t padding = conversion.width > length ? conversion.width - length : 0;
    if (!conversion.left) out_.append(padding, ' ');
    out_.append(text);
    if (conversion.left) out_.append(padding, ' ');
  }

  Status write_character(const Conversion& conversion, RawValue value) {
    std::string text;
    std::optional<std::int64_t> number = value.as_int();
    if (auto truth = value.as_bool()) number = *truth ? 1 : 0;
    if (auto have = value.as_text()) {
      if (count_code_points(*have) != 1) return wrong("%c requires int or char");
      text = *have;
    } else if (!number) {
      return wrong("%c requires int or char");
    } else if (*number < 0 || *number > 0x10ffff) {
      return wrong("%c arg not in range(0x110000)");
    } else {
      append_utf8(text, static_cast<std::uint32_t>(*number));
    }
    pad_text(conversion, text);
    return ok_status();
  }

  Status write_integer(const Conversion& conversion, RawValue value) {
    Number number;
    const char type = conversion.type;
    const bool decimal = type == 'd' || type == 'i' || type == 'u';
    std::uint64_t magnitude = 0;
    if (auto truth = value.as_bool()) {
      magnitude = *truth ? 1 : 0;
    } else if (auto small = value.as_int()) {
      number.negative = *small < 0;
      magnitude = number.negative ? 0 - static_cast<std::uint64_t>(*small)
                                  : static_cast<std::uint64_t>(*small);
    } else if (auto large = value.as_uint()) {
      magnitude = *large;
    } else if (value.kind() == Kind::kFloat && decimal) {
      double real = std::trunc(*value.as_number());
      if (std::isnan(real)) return wrong("cannot convert float NaN to integer");
      if (std::isinf(real)) return wrong("cannot convert float infinity to integer");
      number.negative = real < 0;
      number.text = fmt::format("{:.0f}", std::fabs(real));
    } else {
      return wrong(fmt::format("%{} format: {} is required", type,
                               decimal ? "a real number" : "an integer"));
    }
    if (number.text.empty()) {
      number.text = decimal       ? std::to_string(magnitude)
                    : type == 'o' ? fmt::format("{:o}", magnitude)
                    : type == 'x' ? fmt::format("{:x}", magnitude)
                                  : fmt::format("{:X}", magnitude);
    }
    if (conversion.precision && number.text.size() < *conversion.precision)
      number.text.insert(0, *conversion.precision - number.text.size(), '0');
    std::string prefix;
    if (conversion.alternate && !decimal) prefix = {'0', type};
    pad_number(conversion, number, prefix);
    return ok_status();
  }

  Status write_float(const Conversion& conversion, RawValue value) {
    std::optional<double> real = value.as_number();
    if (auto truth = value.as_bool()) real = *truth ? 1 : 0;
    if (!real) return wrong("must be real number");
    const bool upper = conversion.type < 'a';
    Number number;
    number.negative = std::signbit(*real) && !std::isnan(*real);
    if (!std::isfinite(*real)) {
      number.text = std::isnan(*real) ? (upper ? "NAN" : "nan") : (upper ? "INF" : "inf");
    } else {
      std::size_t precision = conversion.precision.value_or(6);
      // No float64 has more digits that count, and %g writes no others.
      const bool general = conversion.type == 'g' || conversion.type == 'G';
      if (general && !conversion.alternate) precision = std::min<std::size_t>(precision, 1100);
      char format[8] = {'%'};
      std::size_t n = 1;
      if (conversion.alternate) format[n++] = '#';
      std::memcpy(format + n, ".*", 2);
      format[n + 2] = conversion.type;
      // The largest float64 has 309 digits in front of its point.
      number.text.resize(precision + 330);
      int size = print(number.text, format, precision, std::fabs(*real));
      number.text.resize(static_cast<std::size_t>(std::max(size, 0)));
    }
    pad_number(conversion, number, "");
    return ok_status();
  }

  // The format is made above, of the conversion alone.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  static int print(std::string& out, const char* format, std::size_t precision, double value) {
    return std::snprintf(out.data(), out.size(), format, static_cast<int>(precision), value);
  }
#pragma GCC diagnostic pop

  void pad_number(const Conversion& conversion, const Number& number, std::string_view prefix) {
    std::string_view sign = number.negative    ? "-"
                            : conversion.sign  ? "+"
                            : conversion.blank ? " "
                                               : "";
    std::size_t length = sign.size() + prefix.size() + number.text.size();
    std::size_t padding = conversion.width > length ? conversion.width - length : 0;
    const bool left = conversion.left;
    if (!left && !conversion.zero) out_.append(padding, ' ');
    out_.append(sign).append(prefix);
    if (!left && conversion.zero) out_.append(padding, '0');
    out_.append(number.text);
    if (left) out_.append(padding, ' ');
  }

  const std::string_view msg_;
  const RawValue args_;
  const std::size_t max_bytes_;
  std::size_t at_ = 0;
  std::string out_;

  bool is_tuple_ = false;
  std::vector<RawValue> tuple_;
  std::size_t next_ = 0;
  std::map<std::string_view, RawValue> values_;  // of a mapping, once a key is asked for
  bool keyed_ = false;  // a key was used: the value it stands for is the argument
  RawValue single_;
  bool single_left_ = false;
};

}  // namespace

Result<std::string> python_format(std::string_view msg, RawValue args, std::size_t max_bytes) {
  return Formatter(msg, args, max_bytes).run();
}

}  // namespace ox
