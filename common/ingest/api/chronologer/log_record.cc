#include "common/ingest/api/chronologer/log_record.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/ingest/api/chronologer/record_error.h"
#include "common/ingest/model/level.h"
#include "common/ingest/model/pack.h"
#include "common/ingest/model/python_format.h"
#include "common/ingest/model/text.h"
#include "proto/event_view.h"
#include "proto/json.h"

namespace ox {
namespace {

constexpr std::size_t kNameCharacters = 127;
constexpr std::size_t kMessageCharacters = 255;
constexpr int kRawLevel = kLevelInfo;
constexpr std::int64_t kMaxLevel = 255;

enum class Place { kHead, kMeta, kError, kDropped, kData };

// The attributes of a LogRecord (Python's Library Reference, "LogRecord attributes").
Place place_of(std::string_view key) {
  static constexpr std::array<std::string_view, 16> kMeta = {
      "msg",         "args",     "pathname", "filename",        "module", "stack_info",
      "lineno",      "funcName", "msecs",    "relativeCreated", "thread", "threadName",
      "processName", "process",  "origname", "taskName"};
  switch (key.size()) {
    case 4:
      if (key == "name") return Place::kHead;
      break;
    case 7:
      if (key == "created" || key == "levelno" || key == "message") return Place::kHead;
      if (key == "asctime") return Place::kDropped;
      break;
    case 8:
      if (key == "exc_text" || key == "exc_info") return Place::kError;
      break;
    case 9:
      if (key == "levelname") return Place::kDropped;
      break;
    default:
      break;
  }
  if (key.empty()) return Place::kData;
  return std::find(kMeta.begin(), kMeta.end(), key) == kMeta.end() ? Place::kData : Place::kMeta;
}

// As Python sees the truth of what JSON makes.
bool is_true(RawValue value) {
  switch (value.kind()) {
    case RawValue::Kind::kInvalid:
    case RawValue::Kind::kNil:
      return false;
    case RawValue::Kind::kBool:
      return value.as_bool() == true;
    case RawValue::Kind::kInt:
    case RawValue::Kind::kFloat:
      return value.as_number() != 0.0;
    case RawValue::Kind::kText:
      return !value.as_text()->empty();
    case RawValue::Kind::kArray:
    case RawValue::Kind::kMap:
      return value.size() > 0;
    case RawValue::Kind::kExt:
      return true;
  }
  return false;
}

std::optional<Timestamp> time_of(RawValue value) {
  auto seconds = value.as_number();
  return seconds ? timestamp_from_seconds(*seconds) : std::nullopt;
}

void pack_pair(std::string& out, std::string_view key, RawValue value) {
  pack_text(out, key);
  out.append(value.bytes());
}

void pack_section(std::string& out, RawValue document, std::string_view section, std::size_t size,
                  Place place) {
  if (size == 0) return;
  pack_text(out, section);
  pack_map_header(out, size);
  for (const RawMap::Entry& entry : RawMap(document)) {
    if (place_of(entry.name) != place) continue;
    out.append(entry.key.bytes());
    out.append(entry.value.bytes());
  }
}

}  // namespace

std::optional<HttpError> LogRecord::read(RawValue document, RecordModel model, WallTime now) {
  model_ = model;
  document_ = document;
  if (document.is_map()) {
    find_keys(document);
  } else if (model != RecordModel::kRaw) {
    return model_error("A record must be an object");
  }
  if (model == RecordModel::kRaw) {
    read_raw(now);
    return std::nullopt;
  }
  return check_head(model, now);
}

void LogRecord::find_keys(RawValue document) {
  const std::array<std::pair<std::string_view, RawValue*>, 11> keys = {{
      {"name", &name_value_},
      {"created", &created_value_},
      {"levelno", &level_value_},
      {"message", &message_value_},
      {"msg", &msg_},
      {"args", &args_},
      {"exc_text", &exc_text_},
      {"exc_info", &exc_info_},
      {"levelname", &level_name_},
      {"asctime", &asctime_},
      {"process", &process_},
  }};
  for (const RawMap::Entry& entry : RawMap(document)) {
    const Place place = place_of(entry.name);
    if (place == Place::kMeta) ++meta_size_;
    if (place == Place::kData) {
      ++data_size_;
      continue;
    }
    auto found = std::find_if(keys.begin(), keys.end(),
                              [&](const auto& key) { return key.first == entry.name; });
    if (found == keys.end()) continue;
    if (place != Place::kMeta && found->second->valid()) {
      doubles_.push_back(entry);
      doubles_.back().value = *found->second;
    }
    *found->second = entry.value;
  }
}

void LogRecord::read_raw(WallTime now) {
  name_ = name_value_.as_text().value_or(std::string_view());
  message_ = message_value_.as_text().value_or(std::string_view());
  level_ = kRawLevel;
  created_ = time_of(created_value_).value_or(Timestamp::of(now));
}

std::optional<HttpError> LogRecord::check_head(RecordModel model, WallTime now) {
  const bool strict = model == RecordModel::kChronologer;
  if (strict) {
    // In Chronologer's order.
    if (!name_value_.valid()) return missing_key_error("name");
    if (!created_value_.valid()) return missing_key_error("created");
    if (!level_value_.valid()) return missing_key_error("levelno");
    if (!message_value_.valid() && !msg_.valid()) return missing_key_error("msg");
    if (!exc_text_.valid()) return missing_key_error("exc_text");
    if (!exc_info_.valid()) return missing_key_error("exc_info");
  }

  if (name_value_.valid()) {
    auto name = name_value_.as_text();
    if (!name) return model_error("Key \"name\" must be a string");
    name_ = *name;
  }

  created_ = Timestamp::of(now);
  if (created_value_.valid()) {
    if (!created_value_.as_number()) return model_error("Key \"created\" must be a number");
    auto created = time_of(created_value_);
    if (!created) return value_error("Key \"created\" is out of range");
    created_ = *created;
  }

  level_ = kLevelInfo;
  if (level_value_.valid()) {
    auto level = level_value_.as_int();
    if (!level || *level < 0 || *level > kMaxLevel)
      return model_error("Key \"levelno\" must be an integer from 0 to 255");
    level_ = static_cast<int>(*level);
  } else if (auto text = level_name_.as_text()) {
    level_ = level_from_name(*text).value_or(kLevelInfo);
  }

  if (message_value_.valid()) {
    auto message = message_value_.as_text();
    if (!message) return model_error("Key \"message\" must be a string");
    message_ = *message;
  } else if (msg_.valid()) {
    auto msg = msg_.as_text();
    if (!msg) return model_error("Key \"msg\" must be a string");
    message_ = *msg;
    if (!strict) find_python_message();
  }
  return std::nullopt;
}

// What LogRecord.getMessage() says; msg as it is when Python would raise.
void LogRecord::find_python_message() {
  if (!is_true(args_)) return;
  auto formatted = python_format(message_, args_);
  if (!formatted.ok()) return;
  formatted_ = std::move(*formatted);
  message_ = formatted_;
}

bool LogRecord::has_error() const { return is_true(exc_text_); }

void LogRecord::pack_logrec(std::string& out) const {
  if (model_ == RecordModel::kRaw) {
    out.append(document_.bytes());
    return;
  }
  pack_map_header(
      out, (meta_size_ > 0 ? 1U : 0U) + (data_size_ > 0 ? 1U : 0U) + (has_error() ? 1U : 0U));
  pack_section(out, document_, "meta", meta_size_, Place::kMeta);
  pack_section(out, document_, "data", data_size_, Place::kData);
  if (!has_error()) return;
  pack_text(out, "error");
  pack_map_header(out, exc_info_.valid() ? 2 : 1);
  if (exc_info_.valid()) pack_pair(out, "exc_info", exc_info_);
  pack_pair(out, "exc_text", exc_text_);
}

void LogRecord::fill(ForeignEvent& event, std::string_view logrec) const {
  event.end = created_.seconds;
  event.pid = process_.as_uint();
  event.name = name_;
  event.message = message_;
  if (model_ == RecordModel::kRaw) {
    event.set_level(level_);
  } else {
    if (level_name_.valid() && !level_name_.is_nil()) {
      event.set_level(level_, level_name_);
    } else {
      event.set_level(level_);
    }
    // First, as readers take the last of equal keys.
    for (const RawMap::Entry& entry : doubles_) event.add(entry);
    if (asctime_.valid() && !asctime_.is_nil()) event.add("asctime", asctime_);
    if (!has_error() && exc_info_.valid() && !exc_info_.is_nil()) event.add("exc_info", exc_info_);
  }
  event.add("logrec", RawValue(logrec));
}

void append_record_json(std::string& out, const LogRecord& record, std::string_view logrec,
                        std::uint64_t id) {
  out += R"({"name": )";
  append_json_string(out, cut_code_points(record.name(), kNameCharacters));
  out += R"(, "ts": )";
  append_json_string(out, format_python_utc(record.created()));
  out += R"(, "level": )" + std::to_string(record.level());
  out += R"(, "message": )";
  append_json_string(out, cut_code_points(record.message(), kMessageCharacters));
  out += R"(, "logrec": )";
  auto decoded = Decoded::decode(logrec);
  OX_CHECK(decoded.ok());  // of our own making, and never deeper than JsonInput lets through
  append_json(out, decoded->root());
  out += R"(, "id": )" + std::to_string(id) + "}";
}

}  // namespace ox
