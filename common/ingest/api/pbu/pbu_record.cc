#include "common/ingest/api/pbu/pbu_record.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/ingest/api/pbu/level_line.h"
#include "common/ingest/model/level.h"
#include "common/ingest/model/python_format.h"
#include "common/ingest/model/python_repr.h"
#include "proto/event_view.h"
#include "proto/json.h"

namespace ox {
namespace {

constexpr std::int64_t kMaxCanonicalLevel = 255;

HttpError invalid(std::string message) {
  return {.status = 400, .message = std::move(message), .type = "invalid_record"};
}

bool there(RawValue value) { return value.valid() && !value.is_nil(); }

// Text as it is; anything else as Python prints it, into `made`.
std::string_view text_of(RawValue value, std::string& made) {
  if (auto text = value.as_text()) return *text;
  append_python_str(made, value);
  return made;
}

void append_value_json(std::string& out, RawValue value) {
  auto decoded = Decoded::decode(value.bytes());
  if (decoded.ok()) append_json(out, decoded->root());
}

}  // namespace

std::optional<HttpError> PbuRecord::read(RawValue document, WallTime now, std::size_t max_bytes) {
  if (!document.is_map()) return invalid("A record must be a JSON object");
  document_ = document;
  find_keys();
  if (!there(name_value_)) return invalid("\"name\" is missing");
  if (!there(message_value_) && !there(msg_)) return invalid("\"msg\" is missing");
  if (auto error = read_level()) return error;
  name_ = text_of(name_value_, made_name_);
  read_message(max_bytes);
  created_ = Timestamp::of(now);
  if (auto seconds = created_value_.as_number())
    created_ = timestamp_from_seconds(*seconds).value_or(created_);
  return std::nullopt;
}

void PbuRecord::find_keys() {
  const std::array<std::pair<std::string_view, RawValue*>, 12> keys = {{
      {"name", &name_value_},
      {"message", &message_value_},
      {"msg", &msg_},
      {"args", &args_},
      {"levelno", &level_number_},
      {"levelname", &level_name_},
      {"created", &created_value_},
      {"process", &process_},
      {"lineno", &line_},
      {"trace", &trace_},
      {"stack_info", &stack_info_},
      {"exc_text", &exc_text_},
  }};
  for (const RawMap::Entry& entry : RawMap(document_)) {
    auto found = std::find_if(keys.begin(), keys.end(),
                              [&](const auto& key) { return key.first == entry.name; });
    if (found != keys.end()) *found->second = entry.value;
  }
}

std::optional<HttpError> PbuRecord::read_level() {
  std::optional<std::int64_t> number = level_number_.as_int();
  if (!number && there(level_number_)) number = level_from(level_number_, LevelScale::kPython);
  if (!number) {
    if (auto name = level_name_.as_text()) number = level_from_name(*name);
  }
  if (!number) return invalid("There is neither a \"levelno\" nor a \"levelname\" that is known");
  level_ = pbu_level(*number);
  canonical_ = static_cast<int>(std::clamp<std::int64_t>(*number, 0, kMaxCanonicalLevel));
  return std::nullopt;
}

// What the sender has formatted counts. Otherwise it is for us to do what its handler has not.
void PbuRecord::read_message(std::size_t max_bytes) {
  if (there(message_value_)) {
    message_ = text_of(message_value_, made_message_);
    return;
  }
  message_ = text_of(msg_, made_message_);
  if ((!args_.is_array() && !args_.is_map()) || args_.size() == 0) return;
  auto formatted = python_format(message_, args_, max_bytes);
  if (formatted.ok()) {
    made_message_ = std::move(*formatted);
  } else {
    std::string with_args(message_);
    with_args += " args=";
    append_value_json(with_args, args_);
    made_message_ = std::move(with_args);
  }
  message_ = made_message_;
}

// Whether the event has this value under the same key.
bool PbuRecord::moved(RawValue value) const {
  auto is = [&](RawValue other) { return value.bytes().data() == other.bytes().data(); };
  return (is(name_value_) || is(message_value_)) && value.as_text().has_value();
}

void PbuRecord::fill(ForeignEvent& event) const {
  event.end = created_.seconds;
  event.pid = process_.as_uint();
  event.name = name_;
  event.message = message_;
  if (there(level_name_)) {
    event.set_level(canonical_, level_name_);
  } else {
    event.set_level(canonical_);
  }
  for (const RawMap::Entry& entry : RawMap(document_))
    if (!moved(entry.value)) event.add(entry);
}

std::string PbuRecord::level_word(PbuLayout layout) const {
  // The first layout's lines are made by Python's own formatter, which knows CRITICAL, too.
  auto name = level_name_.as_text();
  if (layout == PbuLayout::kSeed && name && !name->empty()) return std::string(*name);
  return std::string(pbu_level_name(level_, layout));
}

void PbuRecord::append_lines(std::string& out, PbuLayout layout, WallTime now) const {
  LevelLine line(layout, sane_time(created_.at, now), level_word(layout), name_,
                 line_.as_int().value_or(0), message_);
  std::string made;
  if (trace_.is_array() && trace_.size() > 0) {
    for (RawValue element : RawArray(trace_)) {
      made.clear();
      line.add(text_of(element, made));
    }
  } else if (auto text = trace_.as_text(); text && !text->empty()) {
    line.add(*text);
  } else {
    for (RawValue value : {exc_text_, stack_info_})
      if (auto more = value.as_text(); more && !more->empty()) line.add(*more);
  }
  line.append_to(out);
}

}  // namespace ox
