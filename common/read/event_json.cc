#include "common/read/event_json.h"

#include <iterator>

#include <fmt/format.h>

#include "proto/event_view.h"
#include "proto/json.h"

namespace ox {

bool append_event_json(std::string& out, std::string_view event, const LogPlace* place) {
  auto decoded = Decoded::decode(event);
  if (!decoded.ok()) return false;
  const msgpack::object& root = decoded->root();
  if (place != nullptr && root.type != msgpack::type::MAP) return false;
  append_json(out, root);
  if (place == nullptr) return true;
  out.pop_back();
  out += root.via.map.size > 0 ? R"(, "place": {"file": )" : R"("place": {"file": )";
  append_json_string(out, place->path);
  fmt::format_to(std::back_inserter(out), R"(, "offset": {}}}}})", place->offset);
  return true;
}

}  // namespace ox
