#include "oxview/format/event_fields.h"

#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "common/base/suggest.h"
#include "common/ingest/model/pack.h"
#include "common/query/log_record.h"
#include "proto/event_view.h"
#include "proto/json.h"

namespace ox {
namespace {

using Root = EventField::Root;

struct NamedRoot {
  std::string_view name;
  Root root;
};

constexpr std::array<NamedRoot, 14> kFieldNames = {{{"id", Root::kId},
                                                    {"record_id", Root::kId},
                                                    {"type", Root::kType},
                                                    {"host", Root::kHost},
                                                    {"pid", Root::kPid},
                                                    {"start", Root::kStart},
                                                    {"end", Root::kEnd},
                                                    {"ts", Root::kTs},
                                                    {"duration", Root::kDuration},
                                                    {"level", Root::kLevel},
                                                    {"name", Root::kName},
                                                    {"message", Root::kMessage},
                                                    {"body", Root::kBody},
                                                    {"logrec", Root::kLogrec}}};

std::string_view without_blanks(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

Status no_field(std::string_view name) {
  std::vector<std::string> names;
  for (const NamedRoot& known : kFieldNames) names.emplace_back(known.name);
  std::string message = fmt::format("no field is called '{}'", name);
  if (std::string near = nearest(std::string(name), names); !near.empty()) {
    message += fmt::format("; did you mean '{}'?", near);
  } else {
    message += "; a value of the body is 'body.KEY'";
  }
  return Status(Code::kInvalid, message);
}

// What stands behind an arrow: a key or a path in single quotes ('' is one), or an index.
Result<JsonPath> take_arrow_operand(std::string_view& rest) {
  const Status wrong(Code::kInvalid, "behind an arrow stands 'key', '$.path' or an index");
  if (rest.starts_with('\'')) {
    std::string key;
    std::size_t at = 1;
    for (; at < rest.size(); ++at) {
      if (rest[at] == '\'' && !(at + 1 < rest.size() && rest[at + 1] == '\'')) break;
      if (rest[at] == '\'') ++at;
      key += rest[at];
    }
    if (at >= rest.size()) return wrong;
    rest.remove_prefix(at + 1);
    return JsonPath::parse_operand(key);
  }
  std::int64_t index = 0;
  auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), index);
  if (error != std::errc()) return wrong;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return JsonPath::of_index(index);
}

// body->'a'->>'b', from the first arrow on.
Result<JsonPath> parse_arrows(std::string_view rest) {
  JsonPath path;
  for (rest = without_blanks(rest); !rest.empty(); rest = without_blanks(rest)) {
    if (!rest.starts_with("->")) return Status(Code::kInvalid, "an arrow (->) is missing");
    rest.remove_prefix(rest.starts_with("->>") ? 3 : 2);
    rest = without_blanks(rest);
    OX_ASSIGN_OR_RETURN(JsonPath next, take_arrow_operand(rest));
    path = path.then(next);
  }
  return path;
}

template <typename Number>
void append_digits(std::string& out, Number number) {
  char buffer[24];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof(buffer), number).ptr);
}

}  // namespace

Result<EventField> EventField::parse(std::string_view given) {
  EventField field;
  const std::string_view name = without_blanks(given);
  field.name_ = name;
  if (name.empty()) return Status(Code::kInvalid, "a field without a name");
  for (const NamedRoot& known : kFieldNames) {
    if (!name.starts_with(known.name)) continue;
    const std::string_view below = name.substr(known.name.size());
    const bool has_parts = known.root == Root::kBody || known.root == Root::kLogrec;
    const bool arrows = without_blanks(below).starts_with("->");
    if (!below.empty() &&
        !(has_parts && (below.starts_with('.') || below.starts_with('[') || arrows)))
      continue;
    field.root_ = known.root;
    if (below.empty()) return field;
    auto path = arrows ? parse_arrows(below) : JsonPath::parse("$" + std::string(below));
    if (!path.ok())
      return Status(Code::kInvalid, fmt::format("'{}': {}", name, path.status().message()));
    field.path_ = std::move(*path);
    return field;
  }
  return no_field(name);
}

Result<FieldList> parse_event_fields(std::string_view list) {
  FieldList fields;
  char quote = 0;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= list.size(); ++at) {
    const char c = at < list.size() ? list[at] : ',';
    if (at < list.size() && quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == ',') {
      OX_ASSIGN_OR_RETURN(EventField field, EventField::parse(list.substr(begin, at - begin)));
      fields.push_back(std::move(field));
      begin = at + 1;
    }
  }
  return fields;
}

void FieldReader::set(std::string_view event) {
  slices_ = EventSlices::of(event);
  heads_known_ = false;
  if (!RawValue(event).is_map()) slices_.body = RawValue(event);
}

const BodySlices& FieldReader::heads() {
  if (!heads_known_) heads_ = BodySlices::of(slices_.body);
  heads_known_ = true;
  return heads_;
}

RawValue FieldReader::level() {
  static constexpr std::string_view kZero("\0", 1);
  const RawValue level = heads().level;
  return level.as_number() ? level : RawValue(kZero);
}

RawValue FieldReader::ts() {
  auto time = record_time(slices_.end);
  if (!time) return RawValue();
  std::string text;
  append_record_time(text, *time);
  ts_.clear();
  pack_text(ts_, text);
  return RawValue(ts_);
}

RawValue FieldReader::duration() {
  auto start = slices_.start.as_number();
  auto end = slices_.end.as_number();
  if (!start || !end) return RawValue();
  duration_.clear();
  pack_double(duration_, *end - *start);
  return RawValue(duration_);
}

RawValue FieldReader::logrec() {
  if (auto own = slices_.body.find("logrec")) return *own;
  rest_.clear();
  pack_rest_of_body(rest_, slices_.body);
  return RawValue(rest_);
}

RawValue FieldReader::root_of(const EventField& field) {
  switch (field.root()) {
    case Root::kId:
      return slices_.id;
    case Root::kType:
      return slices_.type;
    case Root::kHost:
      return slices_.host;
    case Root::kPid:
      return slices_.pid;
    case Root::kStart:
      return slices_.start;
    case Root::kEnd:
      return slices_.end;
    case Root::kTs:
      return ts();
    case Root::kDuration:
      return duration();
    case Root::kLevel:
      return level();
    case Root::kName:
      return heads().name;
    case Root::kMessage:
      return heads().message;
    case Root::kBody:
      return slices_.body;
    case Root::kLogrec:
      return logrec();
  }
  return RawValue();
}

RawValue FieldReader::value(const EventField& field) {
  const RawValue found = field.path().find(root_of(field));
  return found.is_nil() ? RawValue() : found;
}

void append_value_json(std::string& out, RawValue value) {
  switch (value.kind()) {
    case RawValue::Kind::kText:
      return append_json_string(out, value.as_text().value_or(std::string_view()));
    case RawValue::Kind::kInt:
      if (auto whole = value.as_int()) return append_digits(out, *whole);
      return append_digits(out, value.as_uint().value_or(0));
    case RawValue::Kind::kFloat:
      return append_json_number(out, value.as_number().value_or(0));
    case RawValue::Kind::kArray:
    case RawValue::Kind::kMap:
    case RawValue::Kind::kExt:
      if (auto decoded = Decoded::decode(value.bytes()); decoded.ok())
        return append_json(out, decoded->root());
      break;
    case RawValue::Kind::kBool:
      out += value.as_bool().value_or(false) ? "true" : "false";
      return;
    case RawValue::Kind::kInvalid:
    case RawValue::Kind::kNil:
      break;
  }
  out += "null";
}

void append_bare(std::string& out, RawValue value, Controls controls) {
  if (auto text = value.as_text()) {
    append_text(out, *text, controls);
  } else if (value.valid() && !value.is_nil()) {
    append_value_json(out, value);
  }
}

}  // namespace ox
