#include "oxview/print_sink.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/base/log.h"
#include "proto/event_view.h"
#include "proto/json.h"

namespace ox {
namespace {

// Equal for equal ids, however they are encoded; "" for an event without one.
std::string group_id(const EventView& view) {
  if (view.id == nullptr || view.id->is_nil()) return "";
  if (auto text = as_text(*view.id)) return "t" + std::string(*text);
  std::string id = "j";
  append_json(id, *view.id);
  return id;
}

}  // namespace

EventWriter::EventWriter(Output& output, std::unique_ptr<EventFormat> format)
    : output_(output), format_(std::move(format)) {
  format_->append_head(output_.buffer());
}

Status EventWriter::take(std::string_view event) {
  return format_->append(output_.buffer(), event);
}

void EventWriter::separate() { output_.buffer() += format_->separator(); }

Status EventCounter::take(std::string_view) {
  ++events_;
  return ok_status();
}

void EventCounter::append_summary(std::string& out) {
  out += std::to_string(limit_ ? std::min(events_, *limit_) : events_);
  out += '\n';
}

GroupWriter::GroupWriter(Output& output, std::unique_ptr<EventFormat> format, GroupRoots roots)
    : output_(output), format_(std::move(format)), grouper_(std::move(roots)) {
  format_->append_head(output_.buffer());
}

Status GroupWriter::take(std::string_view event) {
  OX_ASSIGN_OR_RETURN(Decoded decoded, decode_event(event));
  const EventView view = EventView::of(decoded.root());
  const std::string id = group_id(view);
  if (id.empty())  // nothing can join it
    return format_->append_group(output_.buffer(), {std::string(event)});
  auto type = view.type == nullptr ? std::nullopt : as_text(*view.type);
  auto group = grouper_.add(id, std::string(type.value_or("")), event);
  return group.empty() ? ok_status() : format_->append_group(output_.buffer(), group);
}

void GroupWriter::report() const {
  if (grouper_.given_up() > 0)
    log_warning("{} events were not shown: the root event of their groups did not come in time",
                grouper_.given_up());
  if (grouper_.held() > 0)
    log_info("{} events were not shown: the root event of their groups has not come",
             grouper_.held());
}

}  // namespace ox
