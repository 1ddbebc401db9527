#include "common/ingest/model/fluent_record.h"

#include <string>

#include "common/base/status.h"
#include "common/ingest/model/plain_record.h"

namespace ox {

void fill_fluent_event(std::string_view tag, RawValue record, const std::optional<Timestamp>& time,
                       ForeignEvent& event) {
  event.name = tag;
  if (time) event.end = time->seconds;
  event.add_text(record.find("tag") ? "fluent_tag" : "tag", tag);
  fill_plain_event(record, event, time.has_value());
}

std::string fluent_type_name(std::string_view tag) {
  static const TypeTemplate kOfTag = *TypeTemplate::parse("{tag|fluent}");
  ForeignEvent event;
  event.type = "fluent";
  event.add_text("tag", tag);
  std::string type;
  kOfTag.render(event, "fluent", type);
  return type;
}

TypeTemplate fluent_type(std::string_view tag) {
  std::string text;
  for (const char c : fluent_type_name(tag)) text.append(c == '{' || c == '}' ? 2 : 1, c);
  auto made = TypeTemplate::parse(text);
  OX_CHECK(made.ok());  // render() leaves nothing that a template cannot have
  return *made;
}

}  // namespace ox
