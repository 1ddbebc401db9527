#include "common/query/query_conditions.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "common/base/ascii.h"
#include "common/query/query_time.h"
#include "common/query/sql_value.h"

namespace ox {
namespace {

constexpr std::size_t kMaxChoices = 1000;
constexpr std::size_t kMaxNeedles = 8;
constexpr std::size_t kMaxWords = 32;
// A prefix in any case is up to 2^this patterns.
constexpr std::size_t kMaxLettersOfPrefix = 4;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool in_query_word(char c) { return is_letter(c) || is_digit(c) || c == '_'; }

// Text that nothing but text in an event looks like: no number, no map, no `true`. Ids often begin
// with a digit.
bool only_text_looks_like(std::string_view text) {
  static constexpr std::array<std::string_view, 5> kWords = {"true", "false", "null", "NaN",
                                                             "Infinity"};
  if (text.empty()) return false;
  if (is_digit(text[0])) return text.find_first_not_of("0123456789+-.eE") != std::string_view::npos;
  return is_letter(text[0]) && std::find(kWords.begin(), kWords.end(), text) == kWords.end();
}

std::optional<TypePattern> pattern_for(const std::string& text) {
  auto pattern = TypePattern::parse(text);
  if (!pattern.ok()) return std::nullopt;
  return *pattern;
}

// What both match, if anything.
std::optional<TypePattern> both_match(const TypePattern& a, const TypePattern& b) {
  const TypePattern& narrow =
      b.exact() || (!a.exact() && b.prefix().size() > a.prefix().size()) ? b : a;
  const TypePattern& wide = &narrow == &a ? b : a;
  if (!wide.matches(narrow.prefix())) return std::nullopt;
  return narrow;
}

}  // namespace

bool QueryConditions::useful(int column, int op) {
  const bool equal = op == SQLITE_INDEX_CONSTRAINT_EQ || op == SQLITE_INDEX_CONSTRAINT_IS;
  const bool ordered = op == SQLITE_INDEX_CONSTRAINT_GT || op == SQLITE_INDEX_CONSTRAINT_GE ||
                       op == SQLITE_INDEX_CONSTRAINT_LT || op == SQLITE_INDEX_CONSTRAINT_LE;
  switch (static_cast<EventColumn>(std::min(column, static_cast<int>(EventColumn::kFirstJson)))) {
    case EventColumn::kType:
      return equal || op == SQLITE_INDEX_CONSTRAINT_LIKE || op == SQLITE_INDEX_CONSTRAINT_GLOB;
    case EventColumn::kEnd:
    case EventColumn::kTs:
    case EventColumn::kTsMicros:
    case EventColumn::kLevel:
      return equal || ordered;
    case EventColumn::kId:
    case EventColumn::kRecordId:
    case EventColumn::kHost:
    case EventColumn::kName:
    case EventColumn::kMessage:
    case EventColumn::kFirstJson:
      return equal;
    default:
      return false;
  }
}

void QueryConditions::add(int column, int op, bool natural, sqlite3_value* value,
                          const std::vector<JsonColumn>& json) {
  const int type = sqlite3_value_type(value);
  if (type == SQLITE_NULL || type == SQLITE_BLOB) return;
  if (column >= static_cast<int>(EventColumn::kFirstJson)) {
    const auto index = static_cast<std::size_t>(column - static_cast<int>(EventColumn::kFirstJson));
    if (natural && index < json.size()) want_json(json[index], value);
    return;
  }
  switch (static_cast<EventColumn>(column)) {
    case EventColumn::kType:
      if (type != SQLITE_TEXT) return;
      if (op == SQLITE_INDEX_CONSTRAINT_LIKE || op == SQLITE_INDEX_CONSTRAINT_GLOB)
        return want_type_like(text_of(value), op == SQLITE_INDEX_CONSTRAINT_GLOB);
      [[fallthrough]];
    case EventColumn::kHost:
      if (type != SQLITE_TEXT) return;
      add_choice(column, natural, value);
      end_choices(column);
      if (natural) want_text(text_of(value));
      return;
    case EventColumn::kName:
    case EventColumn::kMessage:
      if (type == SQLITE_TEXT && natural) want_text(text_of(value));
      return;
    case EventColumn::kId:
    case EventColumn::kRecordId:
      if (type == SQLITE_TEXT && natural && only_text_looks_like(text_of(value)))
        want_text(text_of(value));
      if (type == SQLITE_INTEGER && sqlite3_value_int64(value) >= 0) want_words(text_of(value));
      return;
    case EventColumn::kEnd: {
      const int number = sqlite3_value_numeric_type(value);
      if (number != SQLITE_INTEGER && number != SQLITE_FLOAT) return;
      return want_time(op, sqlite3_value_double(value), sqlite3_value_double(value));
    }
    case EventColumn::kTs:
    case EventColumn::kTsMicros: {
      if (!natural) return;
      std::optional<double> micros;
      const int number = sqlite3_value_numeric_type(value);
      if (number == SQLITE_INTEGER || number == SQLITE_FLOAT) {
        micros = sqlite3_value_double(value);
      } else if (auto time = parse_query_time(text_of(value))) {
        micros = static_cast<double>(*time);
      }
      // ts is rounded to the microsecond.
      if (micros) want_time(op, (*micros - 2) / 1e6, (*micros + 2) / 1e6);
      return;
    }
    case EventColumn::kLevel: {
      const int number = sqlite3_value_numeric_type(value);
      if (number == SQLITE_INTEGER || number == SQLITE_FLOAT)
        want_level(op, sqlite3_value_double(value));
      return;
    }
    default:
      return;
  }
}

void QueryConditions::add_choice(int column, bool natural, sqlite3_value* value) {
  const auto which = static_cast<EventColumn>(column);
  if ((which != EventColumn::kType && which != EventColumn::kHost) || !natural ||
      choices_.size() >= kMaxChoices) {
    choices_known_ = false;
    return;
  }
  // Nothing that is no text equals a column of text.
  if (sqlite3_value_type(value) == SQLITE_TEXT) {
    choices_.emplace_back(text_of(value));
  } else if (sqlite3_value_type(value) != SQLITE_NULL) {
    choices_known_ = false;
  }
}

void QueryConditions::end_choices(int column) {
  std::vector<std::string> choices = std::move(choices_);
  const bool known = choices_known_;
  choices_.clear();
  choices_known_ = true;
  if (!known) return;
  if (choices.empty()) {
    nothing_ = true;
  } else if (static_cast<EventColumn>(column) == EventColumn::kHost) {
    want_hosts(choices);
  } else {
    std::vector<TypePattern> types;
    for (const std::string& choice : choices) {
      auto pattern = pattern_for(choice);
      if (!pattern) return;
      types.push_back(*pattern);
    }
    want_types(types);
  }
}

void QueryConditions::want_types(const std::vector<TypePattern>& types) {
  if (events_.types.empty()) {
    events_.types = types;
    return;
  }
  std::vector<TypePattern> both;
  for (const TypePattern& a : events_.types) {
    for (const TypePattern& b : types)
      if (auto pattern = both_match(a, b)) both.push_back(*pattern);
  }
  if (both.size() > kMaxChoices) return;
  if (both.empty()) {
    nothing_ = true;  // what was wanted before stays, as no list at all would mean every type
  } else {
    events_.types = std::move(both);
  }
}

void QueryConditions::want_hosts(const std::vector<std::string>& hosts) {
  if (events_.hosts.empty()) {
    events_.hosts = hosts;
    return;
  }
  std::vector<std::string> both;
  for (const std::string& host : events_.hosts)
    if (std::find(hosts.begin(), hosts.end(), host) != hosts.end()) both.push_back(host);
  if (both.empty()) {
    nothing_ = true;
  } else {
    events_.hosts = std::move(both);
  }
}

void QueryConditions::want_type_like(std::string_view pattern, bool glob) {
  const std::size_t end = pattern.find_first_of(glob ? "*?[" : "%_");
  const std::string_view prefix = pattern.substr(0, end);
  if (prefix.find('*') != std::string_view::npos) return;
  std::vector<std::string> texts = {""};
  std::size_t letters = 0;
  for (char c : prefix) {
    if (glob || !is_letter(c)) {
      for (std::string& text : texts) text += c;
      continue;
    }
    // LIKE knows no case.
    if (++letters > kMaxLettersOfPrefix) break;
    const std::size_t count = texts.size();
    for (std::size_t i = 0; i < count; ++i) {
      texts.push_back(texts[i] + static_cast<char>(c ^ 0x20));
      texts[i] += c;
    }
  }
  if (texts[0].empty()) return;
  std::vector<TypePattern> types;
  for (const std::string& text : texts) {
    auto type = pattern_for(text + "*");
    if (!type) return;
    types.push_back(*type);
  }
  want_types(types);
}

void QueryConditions::want_time(int op, double low, double high) {
  if (std::isnan(low) || std::isnan(high)) return;
  const bool equal = op == SQLITE_INDEX_CONSTRAINT_EQ || op == SQLITE_INDEX_CONSTRAINT_IS;
  if (equal || op == SQLITE_INDEX_CONSTRAINT_GE || op == SQLITE_INDEX_CONSTRAINT_GT)
    events_.since = events_.since ? std::max(*events_.since, low) : low;
  if (equal || op == SQLITE_INDEX_CONSTRAINT_LE || op == SQLITE_INDEX_CONSTRAINT_LT) {
    // An exclusive end of before is kept when it is no later.
    if (!events_.until || high < *events_.until) {
      events_.until = high;
      events_.until_exclusive = false;
    }
  }
}

void QueryConditions::want_level(int op, double level) {
  const bool equal = op == SQLITE_INDEX_CONSTRAINT_EQ || op == SQLITE_INDEX_CONSTRAINT_IS;
  if (!equal && op != SQLITE_INDEX_CONSTRAINT_GE && op != SQLITE_INDEX_CONSTRAINT_GT) return;
  // Levels may have a fraction.
  if (!(level >= -1e9 && level <= 1e9)) return;
  const int least = static_cast<int>(std::floor(level));
  events_.min_level = events_.min_level ? std::max(*events_.min_level, least) : least;
}

void QueryConditions::want_json(const JsonColumn& column, sqlite3_value* value) {
  if (sqlite3_value_type(value) != SQLITE_TEXT) return;
  const std::string_view text = text_of(value);
  switch (column.kind) {
    case JsonColumn::Kind::kTyped:
      // Maps and lists are JSON text.
      if (!text.empty() && text[0] != '{' && text[0] != '[') want_text(text);
      return;
    case JsonColumn::Kind::kText:
    case JsonColumn::Kind::kUnquoted:
      if (only_text_looks_like(text)) want_text(text);
      return;
    case JsonColumn::Kind::kType:
    case JsonColumn::Kind::kLength:
      return;
  }
}

void QueryConditions::want_text(std::string_view text) {
  if (!text.empty() && events_.needles.size() < kMaxNeedles &&
      text.size() <= kMaxQueryTextBytes / 2 &&
      std::find(events_.needles.begin(), events_.needles.end(), text) == events_.needles.end())
    events_.needles.emplace_back(text);
  want_words(text);
}

void QueryConditions::want_words(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && in_query_word(text[end])) ++end;
    if (end > i && events_.words.size() < kMaxWords) {
      std::string word(text.substr(i, end - i));
      for (char& c : word)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
      if (std::find(events_.words.begin(), events_.words.end(), word) == events_.words.end())
        events_.words.push_back(std::move(word));
    }
    i = std::max(end, i + 1);
  }
}

}  // namespace ox
