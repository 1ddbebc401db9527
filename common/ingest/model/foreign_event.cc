#include "common/ingest/model/foreign_event.h"

#include <algorithm>
#include <charconv>

#include "common/ingest/model/level.h"
#include "common/ingest/model/pack.h"
#include "proto/batch.h"

namespace ox {
namespace {

constexpr std::string_view kLevel = "level";
constexpr std::string_view kLevelName = "level_name";
constexpr std::string_view kName = "name";
constexpr std::string_view kMessage = "message";

// `text` is just the number of `level`.
bool is_number(std::string_view text, int level) {
  char buffer[16];
  auto end = std::to_chars(buffer, buffer + sizeof(buffer), level).ptr;
  return text == std::string_view(buffer, static_cast<std::size_t>(end - buffer));
}

// `text` is just the name of `level`.
bool is_plain_name(std::string_view text, int level) {
  return level_from_name(text) == level && text == level_name(level);
}

}  // namespace

void ForeignEvent::clear() {
  type = host = id_text = {};
  id.reset();
  pid.reset();
  start.reset();
  end = 0;
  name.reset();
  message.reset();
  level_.reset();
  level_text_ = {};
  level_raw_ = RawValue();
  sections_.clear();
  fields_.clear();
  counts_.assign(1, 0);
}

void ForeignEvent::set_level(int level) {
  level_ = level;
  level_raw_ = RawValue();
  level_text_ = {};
}

void ForeignEvent::set_level(int level, std::string_view token) {
  set_level(level);
  if (!token.empty() && !is_number(token, level) && !is_plain_name(token, level))
    level_text_ = token;
}

void ForeignEvent::set_level(int level, RawValue token) {
  if (auto text = token.as_text()) {
    set_level(level, *text);
    return;
  }
  set_level(level);
  if (token.as_int() != level) level_raw_ = token;
}

ForeignEvent::Section ForeignEvent::section(std::string_view section_name) {
  auto found = std::find(sections_.begin(), sections_.end(), section_name);
  if (found == sections_.end()) {
    sections_.push_back(section_name);
    counts_.push_back(0);
    return static_cast<Section>(sections_.size());
  }
  return static_cast<Section>(found - sections_.begin()) + 1;
}

ForeignEvent::Field& ForeignEvent::new_field(std::string_view key, Section in) {
  OX_CHECK(in < counts_.size());
  ++counts_[in];
  Field& field = fields_.emplace_back();
  field.key = key;
  field.section = in;
  return field;
}

void ForeignEvent::add(std::string_view key, RawValue value, Section in) {
  new_field(key, in).value = value.bytes();
}

void ForeignEvent::add(const RawMap::Entry& entry, Section in) {
  add(entry.name, entry.value, in);
  if (entry.key.kind() != RawValue::Kind::kText) fields_.back().raw_key = entry.key.bytes();
}

void ForeignEvent::add_text(std::string_view key, std::string_view text, Section in) {
  add(key, RawValue(text), in);
  fields_.back().is_text = true;
}

void ForeignEvent::add_int(std::string_view key, std::int64_t value, Section in) {
  Field& field = new_field(key, in);
  field.packed_size = static_cast<std::uint8_t>(put_int(field.packed, value) - field.packed);
}

void ForeignEvent::add_uint(std::string_view key, std::uint64_t value, Section in) {
  Field& field = new_field(key, in);
  field.packed_size = static_cast<std::uint8_t>(put_uint(field.packed, value) - field.packed);
}

void ForeignEvent::add_double(std::string_view key, double value, Section in) {
  Field& field = new_field(key, in);
  field.packed_size = static_cast<std::uint8_t>(put_double(field.packed, value) - field.packed);
}

void ForeignEvent::add_bool(std::string_view key, bool value, Section in) {
  static constexpr std::string_view kFalse("\xc2", 1);
  static constexpr std::string_view kTrue("\xc3", 1);
  add(key, RawValue(value ? kTrue : kFalse), in);
}

void ForeignEvent::add_nil(std::string_view key, Section in) {
  static constexpr std::string_view kNil("\xc0", 1);
  add(key, RawValue(kNil), in);
}

namespace {

// In a map: the longest key that fits first.
std::optional<std::string_view> find_in_map(RawValue map, std::string_view path) {
  for (std::size_t end = path.size(); end != std::string_view::npos && end > 0;
       end = path.rfind('.', end - 1)) {
    auto value = map.find(path.substr(0, end));
    if (!value) continue;
    return end == path.size() ? value->as_text() : find_in_map(*value, path.substr(end + 1));
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> ForeignEvent::find_in(Section in, std::string_view path) const {
  for (std::size_t length = path.size(); length != std::string_view::npos && length > 0;
       length = path.rfind('.', length - 1)) {
    std::string_view key = path.substr(0, length);
    const bool whole = length == path.size();
    for (const Field& field : fields_) {
      if (field.section != in || field.key != key || !field.raw_key.empty()) continue;
      if (field.is_text) return whole ? std::optional(field.value) : std::nullopt;
      RawValue value(field.value);
      return whole ? value.as_text() : find_in_map(value, path.substr(length + 1));
    }
    if (whole || in != kBody) continue;
    for (std::size_t i = 0; i < sections_.size(); ++i)
      if (sections_[i] == key) return find_in(static_cast<Section>(i + 1), path.substr(length + 1));
  }
  return std::nullopt;
}

std::optional<std::string_view> ForeignEvent::find_text(std::string_view path) const {
  return find_in(kBody, path);
}

// A key that the head of the body or a section has.
bool ForeignEvent::taken(std::string_view key) const {
  switch (key.size()) {
    case kName.size():
      if (name && key == kName) return true;
      break;
    case kLevel.size():
      if (level_ && key == kLevel) return true;
      break;
    case kMessage.size():
      if (message && key == kMessage) return true;
      break;
    case kLevelName.size():
      if (has_token() && key == kLevelName) return true;
      break;
    default:
      break;
  }
  for (std::size_t i = 0; i < sections_.size(); ++i)
    if (key == sections_[i]) return true;
  return false;
}

bool ForeignEvent::has_field(std::string_view key) const {
  return std::any_of(fields_.begin(), fields_.end(), [&](const Field& field) {
    return field.section == kBody && field.raw_key.empty() && field.key == key;
  });
}

std::string ForeignEvent::free_key(std::string_view key) const {
  std::string other(key);
  do {
    other.push_back('_');
  } while (taken(other) || has_field(other));
  return other;
}

// No fewer bytes than put_field() writes. renamed: set when a key is taken.
std::size_t ForeignEvent::field_bound(const Field& field, bool& renamed) const {
  std::size_t key = field.key.size() + field.raw_key.size();
  if (field.section == kBody && field.raw_key.empty() && taken(field.key)) {
    key = free_key(field.key).size();
    renamed = true;
  }
  return key + field.value.size() + field.packed_size + 2 * kMaxPackedHeader;
}

char* ForeignEvent::put_field(char* p, const Field& field, bool renamed) const {
  if (!field.raw_key.empty()) {
    p = put_bytes(p, field.raw_key);
  } else if (renamed && field.section == kBody && taken(field.key)) {
    p = put_text(p, free_key(field.key));
  } else {
    p = put_text(p, field.key);
  }
  if (field.packed_size > 0) return put_bytes(p, std::string_view(field.packed, field.packed_size));
  return field.is_text ? put_text(p, field.value) : put_bytes(p, field.value);
}

char* ForeignEvent::put_body(char* p, bool renamed) const {
  const bool token = has_token();
  std::size_t pairs = std::size_t{counts_[kBody]} + (level_ ? 1 : 0) + (token ? 1 : 0) +
                      (name ? 1 : 0) + (message ? 1 : 0);
  for (std::size_t i = 1; i < counts_.size(); ++i)
    if (counts_[i] > 0) ++pairs;
  p = put_map_header(p, pairs);
  if (level_) p = put_int(put_text(p, kLevel), *level_);
  if (token) {
    p = put_text(p, kLevelName);
    p = level_text_.empty() ? put_bytes(p, level_raw_.bytes()) : put_text(p, level_text_);
  }
  if (name) p = put_text(put_text(p, kName), *name);
  if (message) p = put_text(put_text(p, kMessage), *message);
  for (const Field& field : fields_)
    if (field.section == kBody) p = put_field(p, field, renamed);
  for (std::size_t i = 1; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    p = put_map_header(put_text(p, sections_[i - 1]), counts_[i]);
    for (const Field& field : fields_)
      if (field.section == i) p = put_field(p, field, renamed);
  }
  return p;
}

Status ForeignEvent::append_to(std::string& out) const {
  // The fixed keys, the numbers and the headers take under 200 bytes.
  std::size_t bound = 200 + type.size() + host.size() + id_text.size() + level_text_.size() +
                      level_raw_.bytes().size() + (name ? name->size() : 0) +
                      (message ? message->size() : 0);
  for (std::string_view section_name : sections_)
    bound += section_name.size() + 2 * kMaxPackedHeader;
  bool renamed = false;
  for (const Field& field : fields_) bound += field_bound(field, renamed);

  const std::size_t begin = out.size();
  out.resize(begin + bound);
  char* p = out.data() + begin;
  const bool has_id = id || !id_text.empty();
  p = put_map_header(p, 4U + (has_id ? 1 : 0) + (pid ? 1 : 0) + (start ? 1 : 0));
  if (has_id) {
    p = put_text(p, "id");
    p = id_text.empty() ? put_uint(p, *id) : put_text(p, id_text);
  }
  p = put_text(put_text(p, "type"), type);
  p = put_text(put_text(p, "host"), host);
  if (pid) p = put_uint(put_text(p, "pid"), *pid);
  if (start) p = put_double(put_text(p, "start"), *start);
  p = put_double(put_text(p, "end"), end);
  p = put_body(put_text(p, "body"), renamed);

  const std::size_t size = static_cast<std::size_t>(p - out.data()) - begin;
  OX_CHECK(size <= bound);
  if (size <= kMaxEventBytes) {
    out.resize(begin + size);
    return ok_status();
  }
  out.resize(begin);
  return Status(Code::kTooLarge, "an event of " + std::to_string(size) + " bytes; the most is " +
                                     std::to_string(kMaxEventBytes));
}

}  // namespace ox
