#include "common/ingest/api/api_context.h"

namespace ox {

void ApiContext::name_type(std::string_view api, std::string_view usual, ForeignEvent& event,
                           std::string& type) const {
  event.type = usual;
  auto found = types.find(api);
  if (found == types.end()) {
    type = usual;
  } else {
    found->second.render(event, api, type);
  }
  event.type = type;
}

}  // namespace ox
