#pragma once
#include <cstdint>
#include <string>

namespace ox {

// Where an event lies below a log directory, whatever becomes of its file.
struct LogPlace {
  // Relative to the log directory, without .zst, .gz or .bz2: "20170714/request-20170714.log".
  std::string path;
  std::uint64_t offset = 0;  // of the event's first byte, decompressed
  bool operator==(const LogPlace&) const = default;
};

}  // namespace ox
