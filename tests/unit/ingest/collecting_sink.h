#pragma once
// A sink that keeps what it takes, decoded, and is full when told.
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/ingest/event_sink.h"
#include "proto/event_view.h"

namespace ox {

struct CollectedEvent {
  std::string type;
  std::string data;
  std::string id;
  bool partial = false;
  SourceNumber source = 0;
  std::string position;
};

class CollectingSink : public EventSink {
 public:
  Answer add(const IngestEvent& event) override {
    ++offers;
    if (events.size() >= room) return Answer::kFull;
    auto decoded = Decoded::decode(event.body);
    REQUIRE(decoded.ok());
    const msgpack::object& root = decoded->root();
    CHECK(find_text(root, "type") == event.type);
    CHECK(find_text(root, "host") == event.host);
    CHECK(find_number(root, "end") == event.end);
    const msgpack::object* body = find_key(root, "body");
    REQUIRE(body != nullptr);
    const msgpack::object* partial = find_key(*body, "partial");
    events.push_back({std::string(event.type), std::string(find_text(*body, "data").value()),
                      std::string(find_text(root, "id").value()),
                      partial != nullptr && partial->via.boolean, event.source,
                      std::string(event.position)});
    return Answer::kTaken;
  }
  void input_dry() override { ++dry; }

  // The lines so far; pieces of one line are marked with a '+' at their end.
  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (const CollectedEvent& event : events)
      out.push_back(event.data + (event.partial ? "+" : ""));
    return out;
  }
  std::vector<std::string> take() {
    auto out = lines();
    events.clear();
    return out;
  }

  std::size_t room = std::numeric_limits<std::size_t>::max();
  std::vector<CollectedEvent> events;
  int offers = 0;
  int dry = 0;
};

using Lines = std::vector<std::string>;

}  // namespace ox
