#include "common/ingest/api/client_type.h"

#include <utility>

#include "common/base/status.h"
#include "common/ingest/model/foreign_event.h"
#include "common/ingest/model/type_template.h"

namespace ox {

static TypeTemplate type_alone() {
  auto parsed = TypeTemplate::parse("{type|}");
  OX_CHECK(parsed.ok());
  return std::move(*parsed);
}

void make_client_type(std::string_view text, std::string_view otherwise, std::string& out) {
  static const TypeTemplate kTypeAlone = type_alone();
  ForeignEvent event;
  event.type = text.find_first_not_of('.') == std::string_view::npos ? otherwise : text;
  kTypeAlone.render(event, {}, out);
}

}  // namespace ox
