#include "oxview/printer.h"

#include <utility>

#include "common/base/log.h"
#include "oxview/event_header.h"
#include "proto/event_view.h"
#include "proto/json.h"

namespace ox {
namespace {

Result<Decoded> decode_all(std::string_view event) {
  std::size_t used = 0;
  auto decoded = Decoded::decode(event, &used);
  if (!decoded.ok() && decoded.status().code() == Code::kUnavailable)
    return Status(Code::kCorrupt, decoded.status().message());
  if (decoded.ok() && used != event.size())
    return Status(Code::kCorrupt, std::to_string(event.size() - used) + " bytes behind the value");
  return decoded;
}

// Equal for equal ids, however they are encoded; "" for an event without one.
std::string group_id(const EventView& view) {
  if (view.id == nullptr || view.id->is_nil()) return "";
  if (auto text = as_text(*view.id)) return "t" + std::string(*text);
  std::string id = "j";
  append_json(id, *view.id);
  return id;
}

}  // namespace

Printer::Printer(Output& output, PrintOptions options)
    : output_(output),
      pretty_(options.pretty),
      controls_(output.terminal() ? Controls::kEscape : Controls::kKeep) {
  if (options.group) grouper_ = std::make_unique<Grouper>(std::move(options.roots));
}

Status Printer::print(std::string_view event) {
  OX_RETURN_IF_ERROR(grouper_ ? add_to_group(event) : print_one(event));
  output_.settle();
  return ok_status();
}

void Printer::append_header(const msgpack::object& event) {
  std::string& out = output_.buffer();
  out += '\n';
  append_event_header(out, event, controls_);
  out += '\n';
}

Status Printer::print_one(std::string_view event) {
  OX_ASSIGN_OR_RETURN(Decoded decoded, decode_all(event));
  std::string& out = output_.buffer();
  if (pretty_) {
    append_header(decoded.root());
    append_pretty_json(out, decoded.root());
  } else {
    append_json(out, decoded.root());
  }
  out += '\n';
  return ok_status();
}

Status Printer::add_to_group(std::string_view event) {
  OX_ASSIGN_OR_RETURN(Decoded decoded, decode_all(event));
  EventView view = EventView::of(decoded.root());
  std::string id = group_id(view);
  if (id.empty()) return print_group({std::string(event)});  // nothing can join it
  auto type = view.type == nullptr ? std::nullopt : as_text(*view.type);
  auto group = grouper_->add(id, std::string(type.value_or("")), event);
  return group.empty() ? ok_status() : print_group(group);
}

Status Printer::print_group(const std::vector<std::string>& events) {
  std::string& out = output_.buffer();
  if (pretty_) {
    OX_ASSIGN_OR_RETURN(Decoded root, decode_all(events.back()));
    append_header(root.root());
  }
  out += '[';
  for (std::size_t i = 0; i < events.size(); ++i) {
    OX_ASSIGN_OR_RETURN(Decoded event, decode_all(events[i]));
    if (pretty_) {
      out += i == 0 ? "\n    " : ",\n    ";
      append_pretty_json(out, event.root(), 1);
    } else {
      if (i > 0) out += ", ";
      append_json(out, event.root());
    }
  }
  out += pretty_ ? "\n]\n" : "]\n";
  return ok_status();
}

void Printer::report_groups() const {
  if (!grouper_) return;
  if (grouper_->given_up() > 0)
    log_warning("{} events were not shown: the root event of their groups did not come in time",
                grouper_->given_up());
  if (grouper_->held() > 0)
    log_info("{} events were not shown: the root event of their groups has not come",
             grouper_->held());
}

}  // namespace ox
