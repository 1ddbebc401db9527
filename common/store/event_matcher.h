#pragma once
// Decides on each event of a file whether a scan wants it, and finds them in bytes. Threading: one
// thread.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/store/cutoffs.h"
#include "common/store/event_conditions.h"
#include "common/store/log_reader.h"

namespace ox {

// Whether a file that is named for this type may have wanted events. Of a very long type the name
// tells only how it begins (proto/log_name.h, encode_type()).
bool file_type_fits(const EventConditions& conditions, std::string_view type);

class EventMatcher {
 public:
  struct Match {
    std::uint32_t begin = 0;
    std::uint32_t length = 0;
  };

  // The conditions must outlive it.
  EventMatcher(const EventConditions& conditions, const LogFile& file, bool types_by_file_name,
               FileCutoffs cutoffs);

  // Appends the wanted ones of the whole events at the front of `bytes`, which begin at `offset` of
  // the file, to `matches`. Returns how many bytes all of them take.
  std::size_t find(std::string_view bytes, std::uint64_t offset, std::vector<Match>& matches,
                   std::uint64_t& events) const;

  const EventConditions& conditions() const { return conditions_; }
  // Of each event its type must be looked at.
  bool checks_types() const { return checks_types_; }
  // "" for files of many types.
  const std::string& file_type() const { return file_type_; }
  const FileCutoffs& cutoffs() const { return cutoffs_; }

 private:
  // All but the needles; `offset`: of the event in the file.
  bool fits(const EventSlices& slices, std::uint64_t offset) const;
  // The same for when there are needles: most events are then passed by without a look into them.
  std::size_t find_needles(std::string_view bytes, std::uint64_t offset,
                           std::vector<Match>& matches, std::uint64_t& events) const;

  const EventConditions& conditions_;
  const FileCutoffs cutoffs_;
  std::string file_type_;
  bool checks_types_ = false;
  bool wants_all_ = false;          // whose bytes have the needles
  std::string_view rarest_needle_;  // the longest; "": there is none
};

// True when no more bytes can make `bytes` begin with a MessagePack value.
bool is_no_messagepack(std::string_view bytes);

}  // namespace ox
