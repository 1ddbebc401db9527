#pragma once
// A client's event, decoded for comparison.
#include <cstdint>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "proto/event_view.h"
#include "proto/json.h"

namespace ox {

struct SeenEvent {
  std::string id;  // JSON, as is body
  std::string type;
  std::string host;
  std::uint64_t pid = 0;
  double start = 0;
  double end = 0;
  std::string body;
};

inline SeenEvent see(std::string_view bytes) {
  std::size_t used = 0;
  auto decoded = Decoded::decode(bytes, &used);
  REQUIRE_MESSAGE(decoded.ok(), decoded.status().message());
  REQUIRE(used == bytes.size());
  EventView view = EventView::of(decoded->root());
  for (const auto* part :
       {view.id, view.type, view.host, view.pid, view.start, view.end, view.body})
    REQUIRE(part != nullptr);
  SeenEvent seen;
  append_json(seen.id, *view.id);
  seen.type = as_text(*view.type).value_or("?");
  seen.host = as_text(*view.host).value_or("?");
  seen.pid = as_uint(*view.pid).value_or(0);
  REQUIRE(view.start->type == msgpack::type::FLOAT64);
  REQUIRE(view.end->type == msgpack::type::FLOAT64);
  seen.start = view.start->via.f64;
  seen.end = view.end->via.f64;
  append_json(seen.body, *view.body);
  return seen;
}

}  // namespace ox
