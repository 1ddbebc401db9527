#include "common/ingest/model/type_template.h"

#include "common/ingest/model/level.h"
#include "common/ingest/model/text.h"
#include "proto/meta.h"
#include "proto/utf8.h"

namespace ox {
namespace {

constexpr std::string_view kMissing = "unknown";

Status parse_error(std::size_t at, std::string_view what) {
  return Status(Code::kInvalid, "column " + std::to_string(at + 1) + ": " + std::string(what));
}

bool is_printable(unsigned char c) { return c > 0x20 && c != 0x7f; }

// A value as a part of a name.
void append_value(std::string& out, std::string_view value) {
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t begin = at;
    std::uint32_t c = next_code_point(value, at);
    bool broken = c == kReplacementCharacter && value.substr(begin, at - begin) != "\xef\xbf\xbd";
    bool good = c < 0x80 ? is_printable(static_cast<unsigned char>(c)) : c >= 0xa1 && !broken;
    if (good) {
      out.append(value, begin, at - begin);
    } else {
      out.push_back('_');
    }
  }
}

// Dots at the ends and doubled ones go.
void tidy_dots(std::string& name) {
  std::size_t to = 0;
  for (char c : name) {
    if (c == '.' && (to == 0 || name[to - 1] == '.')) continue;
    name[to++] = c;
  }
  while (to > 0 && name[to - 1] == '.') --to;
  name.resize(to);
}

}  // namespace

Result<TypeTemplate> TypeTemplate::parse(std::string_view text) {
  TypeTemplate made;
  made.text_ = text;
  if (text.empty()) return Status(Code::kInvalid, "a type template must not be empty");
  std::string literal;
  auto end_literal = [&] {
    if (literal.empty()) return;
    made.parts_.push_back({Kind::kLiteral, literal, ""});
    literal.clear();
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c != '{' && c != '}') {
      if (!is_printable(static_cast<unsigned char>(c)))
        return parse_error(at, "a blank or a control character");
      literal.push_back(c);
      continue;
    }
    if (text.substr(at + 1).starts_with(c)) {
      literal.push_back(c);
      ++at;
      continue;
    }
    if (c == '}') return parse_error(at, "'}' without its '{' (write '}}' for a brace)");
    std::size_t close = text.find('}', at);
    if (close == std::string_view::npos)
      return parse_error(at, "'{' without its '}' (write '{{' for a brace)");
    std::string_view inside = text.substr(at + 1, close - at - 1);
    std::size_t bar = inside.find('|');
    std::string_view key = inside.substr(0, bar);
    if (key.empty()) return parse_error(at, "no field in the braces");
    if (key.find('{') != std::string_view::npos) return parse_error(at, "a '{' within braces");
    Part part;
    part.fallback = bar == std::string_view::npos ? kMissing : inside.substr(bar + 1);
    part.kind = key == "type"     ? Kind::kType
                : key == "source" ? Kind::kSource
                : key == "name"   ? Kind::kName
                : key == "host"   ? Kind::kHost
                : key == "level"  ? Kind::kLevel
                                  : Kind::kField;
    if (part.kind == Kind::kField) part.text = key;
    end_literal();
    made.parts_.push_back(std::move(part));
    at = close;
  }
  end_literal();
  return made;
}

bool TypeTemplate::constant() const {
  for (const Part& part : parts_)
    if (part.kind != Kind::kLiteral) return false;
  return true;
}

TypePattern TypeTemplate::pattern(std::string_view usual, std::string_view source) const {
  std::string fixed;
  bool whole = true;
  for (const Part& part : parts_) {
    if (part.kind == Kind::kLiteral) {
      fixed += part.text;
    } else if (part.kind == Kind::kType || part.kind == Kind::kSource) {
      append_value(fixed, part.kind == Kind::kType ? usual : source);
    } else {
      whole = false;
      break;
    }
  }
  if (whole) {
    ForeignEvent event;
    event.type = usual;
    render(event, source, fixed);
  } else {
    const bool dot = fixed.ends_with('.');
    tidy_dots(fixed);
    if (dot && !fixed.empty()) fixed += '.';
    fixed.resize(cut_bytes(fixed, kMetaNameSize).size());
  }
  // A '*' in a name cannot be asked for.
  if (const std::size_t star = fixed.find('*'); star != std::string::npos) {
    fixed.resize(star);
    whole = false;
  }
  auto pattern = TypePattern::parse(whole ? fixed : fixed + "*");
  return pattern.ok() ? *pattern : TypePattern();
}

void TypeTemplate::render(const ForeignEvent& event, std::string_view source,
                          std::string& out) const {
  out.clear();
  for (const Part& part : parts_) {
    std::string_view value;
    switch (part.kind) {
      case Kind::kLiteral:
        out += part.text;
        continue;
      case Kind::kType:
        value = event.type;
        break;
      case Kind::kSource:
        value = source;
        break;
      case Kind::kName:
        value = event.name.value_or(std::string_view());
        break;
      case Kind::kHost:
        value = event.host;
        break;
      case Kind::kLevel:
        if (event.level()) value = level_word(*event.level());
        break;
      case Kind::kField:
        value = event.find_text(part.text).value_or(std::string_view());
        break;
    }
    append_value(out, value.empty() ? std::string_view(part.fallback) : value);
  }
  tidy_dots(out);
  if (out.size() > kMetaNameSize) {
    out.resize(cut_bytes(out, kMetaNameSize).size());
    tidy_dots(out);
  }
  if (out.empty()) out = cut_bytes(event.type, kMetaNameSize);
}

}  // namespace ox
