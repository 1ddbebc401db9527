#include "common/ingest/fluent/fluent_events.h"

#include <fmt/format.h>

#include "common/base/quantity.h"
#include "common/ingest/model/fluent_record.h"
#include "common/ingest/model/level.h"
#include "common/ingest/model/pack.h"
#include "common/ingest/model/plain_record.h"
#include "common/ingest/model/text.h"
#include "proto/batch.h"

namespace ox {
namespace {

constexpr std::string_view kApiWord = "fluent";
// What only the events of eventlog's client library have.
constexpr std::string_view kEventlogMark = "tstamp";

// A key that the event may have to write in another way than it came.
bool needs_care(std::string_view key) {
  switch (key.size()) {
    case 3:
      return key[0] == 't' && key == "tag";
    case 6:
      return key[0] == 't' && key == kEventlogMark;
    case 10:
      return key[0] == 'l' && key == "level_name";
    default:
      return false;
  }
}

// A key of the event's head that the record has, perhaps without its fitting there.
// (The first letter spares most keys a call to memcmp(), as below.)
bool is_head(std::string_view key) {
  switch (key.size()) {
    case 4:
      return key[0] == 'n' && key == "name";
    case 5:
      return key[0] == 'l' && key == "level";
    case 7:
      return key[0] == 'm' && key == "message";
    default:
      return false;
  }
}

// Whether the sender's word for the level has to be kept; nothing when that takes a closer look.
std::optional<bool> keeps_token(const PlainRoles& roles) {
  if (!roles.level) return false;
  const auto text = roles.level_token.as_text();
  if (!text)
    return roles.level_token.as_int() == *roles.level ? std::optional(false) : std::nullopt;
  if (text->empty() || (text->front() >= '0' && text->front() <= '9')) return std::nullopt;
  return *text != level_name(*roles.level);
}

}  // namespace

void FluentEvents::begin(std::string_view tag, std::string_view host, double now) {
  tag_ = tag;
  host_ = cut_bytes(host, kMaxNameBytes);
  now_ = now;
  if (!type_.empty() && typed_tag_ == tag) return;
  typed_tag_ = tag;
  type_ = fluent_type_name(tag);
}

Status FluentEvents::make(const ForwardEntries::Entry& entry, EventGroup::Event& made) {
  if (options_.type) return make_slow(entry, made);
  PlainRoles roles(entry.time.at.has_value());
  if (!read(entry.record, roles)) return make_slow(entry, made);
  const std::optional<bool> token = keeps_token(roles);
  if (!token) return make_slow(entry, made);

  const std::string_view host = roles.host.value_or(host_);
  const double end = entry.time.at ? entry.time.at->seconds : roles.end.value_or(now_);
  const std::size_t bound = size_bound(roles, entry.record) + host.size();
  if (packed_.size() < bound) packed_.resize(bound);
  char* const begin = packed_.data();
  char* p = put_map_header(begin, roles.pid ? 5 : 4);
  p = put_text(put_text(p, "type"), type_);
  p = put_text(put_text(p, "host"), host);
  if (roles.pid) p = put_uint(put_text(p, "pid"), *roles.pid);
  p = put_double(put_text(p, "end"), end);
  p = put_body(put_text(p, "body"), roles, *token, entry.record);
  const auto size = static_cast<std::size_t>(p - begin);
  OX_CHECK(size <= bound);
  made = {type_, host, end, {begin, size}};
  return check_size(made);
}

// False when the record takes a closer look.
bool FluentEvents::read(RawValue record, PlainRoles& roles) {
  // By hand, rather than by RawMap: all keys are short texts here.
  const auto tag = static_cast<unsigned char>(record.bytes().front());
  if (tag < 0x80 || tag >= 0x90) return false;
  std::string_view rest = record.bytes().substr(1);
  RawMap::Entry pair;
  for (unsigned left = tag & 0xfU; left > 0; --left) {
    if (rest.empty() || (rest.front() & '\xe0') != '\xa0') return false;
    const std::size_t key = 1 + (static_cast<unsigned char>(rest.front()) & 0x1fU);
    const std::size_t value = key < rest.size() ? skip_value(rest.substr(key)) : 0;
    if (value == 0) return false;
    pair.name = rest.substr(1, key - 1);
    pair.key = RawValue(rest.substr(0, key));
    pair.value = RawValue(rest.substr(key, value));
    rest.remove_prefix(key + value);
    const std::size_t moved = roles.moved();
    roles.take(pair);
    if (needs_care(pair.name) || (roles.moved() == moved && is_head(pair.name))) return false;
  }
  return true;
}

std::size_t FluentEvents::size_bound(const PlainRoles& roles, RawValue record) const {
  // The fixed keys, the numbers and the headers take under 200 bytes.
  return 200 + record.bytes().size() + type_.size() + 2 * tag_.size() +
         (roles.name ? roles.name->size() : 0) + (roles.message ? roles.message->size() : 0) +
         roles.level_token.bytes().size();
}

char* FluentEvents::put_body(char* p, const PlainRoles& roles, bool token, RawValue record) const {
  const std::size_t all = static_cast<unsigned char>(record.bytes().front()) & 0xfU;
  const std::size_t pairs =
      all - roles.moved() + 2 + (roles.level ? 1 : 0) + (token ? 1 : 0) + (roles.message ? 1 : 0);
  p = put_map_header(p, pairs);
  if (roles.level) p = put_int(put_text(p, "level"), *roles.level);
  if (token) p = put_text(put_text(p, "level_name"), *roles.level_token.as_text());
  p = put_text(put_text(p, "name"), roles.name.value_or(tag_));
  if (roles.message) p = put_text(put_text(p, "message"), *roles.message);
  p = put_text(put_text(p, "tag"), tag_);
  // The pairs in between as they lie there.
  const char* from = record.bytes().data() + 1;
  for (std::size_t i = 0; i < roles.moved(); ++i) {
    const PlainRoles::Span& span = roles.moved(i);
    p = put_bytes(p, {from, static_cast<std::size_t>(span.begin - from)});
    from = span.end;
  }
  const char* const end = record.bytes().data() + record.bytes().size();
  return put_bytes(p, {from, static_cast<std::size_t>(end - from)});
}

Status FluentEvents::make_slow(const ForwardEntries::Entry& entry, EventGroup::Event& made) {
  event_.clear();
  event_.host = host_;
  event_.end = now_;
  if (entry.record.find(kEventlogMark)) {
    // Such an event is the same whichever way it comes; the tag is only said in addition.
    OX_RETURN_IF_ERROR(eventlog_.fill(entry.record, event_, tag_));
    event_.add_text(entry.record.find("tag") ? "fluent_tag" : "tag", tag_);
  } else {
    fill_fluent_event(tag_, entry.record, entry.time.at, event_);
  }
  event_.host = cut_bytes(event_.host, kMaxNameBytes);
  event_.type = type_;
  if (options_.type) {
    options_.type->render(event_, kApiWord, rendered_);
    event_.type = rendered_;
  }
  packed_.clear();
  OX_RETURN_IF_ERROR(event_.append_to(packed_));
  made = {event_.type, event_.host, event_.end, packed_};
  return check_size(made);
}

Status FluentEvents::check_size(const EventGroup::Event& made) const {
  if (made.body.size() <= options_.max_event_bytes) return ok_status();
  return Status(Code::kTooLarge,
                fmt::format("an event takes {}; the most is {}", format_size(made.body.size()),
                            format_size(options_.max_event_bytes)));
}

}  // namespace ox
