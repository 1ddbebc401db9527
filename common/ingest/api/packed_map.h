#pragma once
// A MessagePack map whose number of pairs is known only at its end.
#include <cstddef>
#include <string>
#include <string_view>

#include "common/ingest/model/pack.h"

namespace ox {

class PackedMap {
 public:
  // Begins a pair. Exactly one value is to be appended to what it returns before the next call.
  std::string& key(std::string_view name) {
    ++size_;
    pack_text(pairs_, name);
    return pairs_;
  }

  bool empty() const { return size_ == 0; }
  void append_to(std::string& out) const {
    pack_map_header(out, size_);
    out += pairs_;
  }
  void clear() {
    size_ = 0;
    pairs_.clear();
  }

 private:
  std::size_t size_ = 0;
  std::string pairs_;
};

}  // namespace ox
