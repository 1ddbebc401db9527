#include "common/ingest/event_group.h"

#include <fmt/format.h>

#include "common/base/quantity.h"
#include "proto/batch.h"

namespace ox {

static Status check_name(const char* what, std::string_view name, std::size_t least) {
  if (name.size() < least) return Status(Code::kInvalid, fmt::format("the {} is empty", what));
  if (name.size() > kMaxNameBytes)
    return Status(Code::kInvalid, fmt::format("the {} has {} bytes, more than {}", what,
                                              name.size(), kMaxNameBytes));
  return ok_status();
}

Status EventGroup::add(std::string_view type, std::string_view host, double end,
                       std::string_view body) {
  OX_RETURN_IF_ERROR(check_name("type", type, 1));
  OX_RETURN_IF_ERROR(check_name("host", host, 0));
  if (body.size() > kMaxEventBytes)
    return Status(Code::kTooLarge,
                  fmt::format("an event of {} is larger than {}", format_size(body.size()),
                              format_size(kMaxEventBytes)));
  entries_.push_back({end, text_.size(), static_cast<std::uint32_t>(body.size()),
                      static_cast<std::uint16_t>(type.size()),
                      static_cast<std::uint16_t>(host.size())});
  text_.append(type).append(host).append(body);
  return ok_status();
}

void EventGroup::reserve(std::size_t text_bytes, std::size_t events) {
  text_.reserve(text_bytes);
  entries_.reserve(events);
}

void EventGroup::truncate(std::size_t size) {
  if (size >= entries_.size()) return;
  text_.resize(entries_[size].offset);
  entries_.resize(size);
}

EventGroup::Event EventGroup::operator[](std::size_t index) const {
  const Entry& entry = entries_[index];
  std::string_view rest = std::string_view(text_).substr(entry.offset);
  Event event;
  event.type = rest.substr(0, entry.type_size);
  event.host = rest.substr(entry.type_size, entry.host_size);
  event.end = entry.end;
  event.body = rest.substr(entry.type_size + entry.host_size, entry.body_size);
  return event;
}

}  // namespace ox
