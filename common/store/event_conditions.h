#pragma once
// What every wanted event fulfils. Used to skip files and blocks of them, and checked exactly on
// each event, but for `words`.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/event_slices.h"
#include "proto/type_pattern.h"

namespace ox {

struct EventConditions {
  // Any of them; empty: all. The type of an event whose `type` is no text is that of its file.
  std::vector<TypePattern> types;
  // Of `end`, Unix seconds, both inclusive but for until_exclusive. An event without a number there
  // fulfils no condition on time.
  std::optional<double> since;
  std::optional<double> until;
  bool until_exclusive = false;
  // Any of them, whole; empty: all. An event without a text there is of no host.
  std::vector<std::string> hosts;
  // Of body.level. What has none, or none that is a number, has level 0.
  std::optional<int> min_level;
  // Each occurs in every wanted event: a text of it (keys too, at any depth) or a whole number, in
  // any case, and not as part of a longer run of [A-Za-z0-9_]. Blocks that lack one are skipped; on
  // the event it is NOT checked: whoever sets this checks what he means by it himself.
  std::vector<std::string> words;

  // Each occurs in the bytes of every wanted event as it stands.
  std::vector<std::string> needles;

  bool any_type() const { return types.empty(); }
  bool has_time() const { return since || until; }

  bool type_fits(std::string_view type) const;
  bool end_fits(double end) const {
    return (!since || end >= *since) &&
           (!until || (until_exclusive ? end < *until : end <= *until));
  }
  // All but `types`, `words` and `needles`.
  bool fits_but_type(const EventSlices& event) const;
  // All but `words` and `needles`. `file_type` is the type of the file it lies in, "" when that says nothing.
  bool fits(const EventSlices& event, std::string_view file_type) const;
};

}  // namespace ox
