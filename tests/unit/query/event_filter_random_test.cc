// Expressions and events made by chance: what the filter says is compared with a plain evaluation that
// follows docs/query.md, and what it implies must hold of every event that it finds.
#include <cmath>
#include <compare>
#include <optional>
#include <random>
#include <set>
#include <variant>

#include <fmt/format.h>

#include "tests/support/simulated_disk.h"
#include "tests/unit/query/query_cases.h"

namespace ox {
namespace {

// NULL, a number, text. True is 1 and remembered, lists are their JSON.
struct Plain {
  std::optional<double> number;
  std::optional<std::string> text;
  std::string looks;  // in comparisons with text
  bool null() const { return !number && !text; }
};

Plain plain_number(double value, std::string looks) {
  Plain plain;
  plain.number = value;
  plain.looks = std::move(looks);
  return plain;
}
Plain plain_text(const std::string& value) {
  Plain plain;
  plain.text = plain.looks = value;
  return plain;
}

// What an event of a test has: JSON beside what queries see of it.
struct PlainEvent {
  std::string json;
  Plain keys[3];
  Plain level, host, name, end;
};

enum class Truth { kFalse, kTrue, kUnknown };

Truth truth(bool value) { return value ? Truth::kTrue : Truth::kFalse; }
Truth negated(Truth a) { return a == Truth::kUnknown ? a : truth(a == Truth::kFalse); }
Truth both(Truth a, Truth b) {
  if (a == Truth::kFalse || b == Truth::kFalse) return Truth::kFalse;
  return a == Truth::kTrue && b == Truth::kTrue ? Truth::kTrue : Truth::kUnknown;
}

// Numbers come before text.
int order(const Plain& a, const Plain& b) {
  if (a.number && b.number) return *a.number < *b.number ? -1 : *a.number > *b.number ? 1 : 0;
  if (a.number) return -1;
  if (b.number) return 1;
  const int by_bytes = a.text->compare(*b.text);
  return by_bytes < 0 ? -1 : by_bytes > 0 ? 1 : 0;
}

std::optional<double> number_in(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || std::isalpha(static_cast<unsigned char>(text[0])) != 0)
    return std::nullopt;
  return value;
}

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}

  int below(int n) { return static_cast<int>(random_() % static_cast<std::uint64_t>(n)); }

  PlainEvent event() {
    PlainEvent event;
    event.json = R"({"type": "t")";
    if (below(4) > 0) {
      event.host = plain_text(below(2) > 0 ? "web-1" : "web-2");
      event.json += R"(, "host": ")" + *event.host.text + '"';
    }
    if (below(5) > 0) {
      const int end = 1000 + below(5);
      event.end = plain_number(end, "");
      event.json += fmt::format(R"(, "end": {})", end);
    }
    event.level = plain_number(0, "");
    event.json += R"(, "body": {"x": 1)";
    if (below(3) > 0) {
      const int level = 10 * below(6);
      event.level = plain_number(level, "");
      event.json += fmt::format(R"(, "level": {})", level);
    }
    if (below(3) > 0) {
      event.name = plain_text(texts()[static_cast<std::size_t>(below(6))]);
      event.json += R"(, "name": ")" + *event.name.text + '"';
    }
    for (int i = 0; i < 3; ++i) {
      const std::string key = fmt::format(R"(, "k{}": )", i);
      switch (below(7)) {
        case 0:
          break;  // there is none
        case 1:
          event.json += key + "null";
          break;
        case 2:
        case 3: {
          const int value = below(14) - 2;
          event.keys[i] = plain_number(value, std::to_string(value));
          event.json += key + std::to_string(value);
          break;
        }
        case 4:
          event.keys[i] = plain_number(2.5, "2.5");
          event.json += key + "2.5";
          break;
        case 5: {
          const bool value = below(2) > 0;
          event.keys[i] = plain_number(value ? 1 : 0, value ? "true" : "false");
          event.json += key + (value ? "true" : "false");
          break;
        }
        default:
          event.keys[i] = plain_text(texts()[static_cast<std::size_t>(below(10))]);
          event.json += key + '"' + *event.keys[i].text + '"';
      }
    }
    event.json += "}}";
    return event;
  }

  static const std::vector<std::string>& texts() {
    static const std::vector<std::string> kTexts = {"abc", "Abc", "bob smith", "b_1-x", "true",
                                                    "",    "2",   "02",        "10",    "2.5"};
    return kTexts;
  }

  // An expression, and of each event what it is.
  std::string expression(const std::vector<PlainEvent>& events, std::vector<Truth>& truths,
                         int depth = 0) {
    if (depth < 3 && below(3) > 0) {
      std::vector<Truth> other;
      const int kind = below(3);
      std::string left = expression(events, truths, depth + 1);
      if (kind == 0) {
        for (Truth& each : truths) each = negated(each);
        return "NOT (" + left + ")";
      }
      const std::string right = expression(events, other, depth + 1);
      for (std::size_t i = 0; i < truths.size(); ++i)
        truths[i] = kind == 1 ? both(truths[i], other[i])
                              : negated(both(negated(truths[i]), negated(other[i])));
      return "(" + left + (kind == 1 ? " AND " : " OR ") + right + ")";
    }
    return comparison(events, truths);
  }

 private:
  struct Operand {
    std::string sql;
    bool unquoted = false;  // ->>
    std::function<const Plain&(const PlainEvent&)> of;
  };

  Operand operand(bool& number_only, bool& text_only) {
    const int which = below(9);
    number_only = text_only = false;
    if (which < 5) {
      const int key = below(3);
      auto of = [key](const PlainEvent& event) -> const Plain& { return event.keys[key]; };
      static const char* const kForms[] = {"body->'k{}'", "body->>'k{}'", "body->>'$.k{}'",
                                           "json_extract(body, '$.k{}')", "logrec->>'k{}'"};
      return {fmt::format(fmt::runtime(kForms[which]), key), which == 1 || which == 2 || which == 4,
              of};
    }
    number_only = which < 7;
    text_only = !number_only;
    if (which == 5)
      return {"level", false, [](const PlainEvent& e) -> const Plain& { return e.level; }};
    if (which == 6)
      return {"end", false, [](const PlainEvent& e) -> const Plain& { return e.end; }};
    if (which == 7)
      return {"host", false, [](const PlainEvent& e) -> const Plain& { return e.host; }};
    return {"name", false, [](const PlainEvent& e) -> const Plain& { return e.name; }};
  }

  Plain literal(bool number_only, bool text_only) {
    if (text_only || (!number_only && below(2) > 0)) {
      static const char* const kMore[] = {"web-1", "web-2"};
      const int i = below(12);
      return plain_text(i < 10 ? texts()[static_cast<std::size_t>(i)] : kMore[i - 10]);
    }
    static const double kNumbers[] = {-1, 0, 1, 2, 2.5, 9, 10, 30, 1002};
    const double value = kNumbers[below(9)];
    return plain_number(value, "");
  }

  static std::string sql_of(const Plain& literal) {
    return literal.number ? fmt::format("{}", *literal.number) : "'" + *literal.text + "'";
  }

  // The value as the literal wants it to be.
  static Plain as_compared(const Plain& value, bool unquoted, const Plain& literal) {
    if (!unquoted || value.null()) return value;
    if (literal.text) return plain_text(value.looks);
    if (value.text)
      if (auto number = number_in(*value.text)) return plain_number(*number, "");
    return value;
  }

  static Truth compare(const std::string& op, const Plain& value, const Plain& literal) {
    if (value.null()) return Truth::kUnknown;
    const int by = order(value, literal);
    if (op == "=") return truth(by == 0);
    if (op == "!=") return truth(by != 0);
    if (op == "<") return truth(by < 0);
    if (op == "<=") return truth(by <= 0);
    if (op == ">") return truth(by > 0);
    return truth(by >= 0);
  }

  std::string comparison(const std::vector<PlainEvent>& events, std::vector<Truth>& truths) {
    bool number_only = false;
    bool text_only = false;
    const Operand left = operand(number_only, text_only);
    Plain first = literal(number_only, text_only);
    // Both of one kind: text on one side decides for both.
    Plain second = literal(first.number.has_value(), first.text.has_value());
    const int kind = below(8);
    static const char* const kOps[] = {"=", "!=", "<", "<=", ">", ">="};
    const std::string op = kOps[below(6)];
    truths.clear();
    for (const PlainEvent& event : events) {
      const Plain& value = left.of(event);
      const Plain a = as_compared(value, left.unquoted, first);
      if (kind == 0) {
        truths.push_back(truth(value.null()));
      } else if (kind == 1) {
        truths.push_back(
            negated(both(negated(compare("=", a, first)), negated(compare("=", a, second)))));
      } else if (kind == 2) {
        truths.push_back(both(compare(">=", a, first), compare("<=", a, second)));
      } else {
        truths.push_back(compare(op, a, first));
      }
    }
    if (kind == 0) return left.sql + " IS NULL";
    if (kind == 1) return left.sql + " IN (" + sql_of(first) + ", " + sql_of(second) + ")";
    if (kind == 2) return left.sql + " BETWEEN " + sql_of(first) + " AND " + sql_of(second);
    return left.sql + " " + op + " " + sql_of(first);
  }

  std::mt19937_64 random_;
};

// Runs of letters and digits, in lower case.
std::set<std::string> words_in(const std::string& json) {
  std::set<std::string> words;
  std::string word;
  for (char c : json + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!word.empty()) {
      words.insert(std::exchange(word, ""));
    }
  }
  return words;
}

}  // namespace

TEST_CASE("expressions made by chance find what a plain evaluation finds") {
  const std::uint64_t seed = test_seed(20261121);
  INFO("seed ", seed);
  Maker maker(seed);
  std::vector<PlainEvent> events;
  std::vector<std::string> bytes;
  for (int i = 0; i < 60; ++i) {
    events.push_back(maker.event());
    bytes.push_back(packed(events.back().json));
  }
  std::size_t found = 0;
  for (int round = 0; round < 1500; ++round) {
    std::vector<Truth> expected;
    const std::string expression = maker.expression(events, expected);
    INFO(expression);
    auto filter = EventFilter::compile(expression, QueryLimits());
    REQUIRE_MESSAGE(filter.ok(), filter.status().message());
    for (std::size_t i = 0; i < events.size(); ++i) {
      INFO(events[i].json);
      auto matched = filter->matches(bytes[i]);
      REQUIRE(matched.ok());
      REQUIRE(*matched == (expected[i] == Truth::kTrue));
      if (!*matched) continue;
      ++found;
      REQUIRE(filter->conditions().fits(EventSlices::of(bytes[i]), ""));
      const std::set<std::string> words = words_in(events[i].json);
      for (const std::string& word : filter->conditions().words) REQUIRE(words.count(word) == 1);
      for (const std::string& needle : filter->needles())
        REQUIRE(bytes[i].find(needle) != std::string::npos);
    }
  }
  CHECK(found > 1000);
}

}  // namespace ox
