#pragma once
// The events that one request or message of a client brought: they are answered together.
// Threading: none of its own; it is filled on one thread and handed on.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace ox {

class EventGroup {
 public:
  // Copies the event in. `end` in Unix seconds; `body`: the whole event as one MessagePack map.
  // Errors, with nothing taken: kInvalid (a name that a batch cannot hold), kTooLarge (the body).
  Status add(std::string_view type, std::string_view host, double end, std::string_view body);

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  // Of memory, roughly.
  std::uint64_t bytes() const { return text_.size() + entries_.size() * sizeof(Entry); }
  // Makes room for what is to come, so that nothing is moved while it grows.
  void reserve(std::size_t text_bytes, std::size_t events);
  // Takes back the last events, so that `size` are left.
  void truncate(std::size_t size);

  // Views into the group.
  struct Event {
    std::string_view type;
    std::string_view host;
    double end = 0;
    std::string_view body;
  };
  Event operator[](std::size_t index) const;

 private:
  struct Entry {
    double end;
    std::uint64_t offset;  // in text_: type, host, body
    std::uint32_t body_size;
    std::uint16_t type_size;
    std::uint16_t host_size;
  };

  std::string text_;
  std::vector<Entry> entries_;
};

}  // namespace ox
