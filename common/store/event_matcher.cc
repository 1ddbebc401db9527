#include "common/store/event_matcher.h"

#include <algorithm>

#include "common/store/byte_search.h"
#include "common/store/event_splitter.h"
#include "proto/log_name.h"

namespace ox {
namespace {

// Whether a type, as its file is named for it, is only how a longer one begins.
bool is_cut_type_name(std::string_view type) {
  constexpr std::size_t kMarkAndHash = 17;
  return type.size() > kMarkAndHash && type[type.size() - kMarkAndHash] == '~' &&
         encode_type(type).size() >= 200;
}

}  // namespace

bool file_type_fits(const EventConditions& conditions, std::string_view type) {
  if (conditions.type_fits(type)) return true;
  if (!is_cut_type_name(type)) return false;
  return std::any_of(conditions.types.begin(), conditions.types.end(), [&](const TypePattern& p) {
    if (p.exact()) return type == decode_type(encode_type(p.prefix()));
    return p.prefix().starts_with(type.substr(0, type.rfind('~')));
  });
}

EventMatcher::EventMatcher(const EventConditions& conditions, const LogFile& file,
                           bool types_by_file_name, FileCutoffs cutoffs)
    : conditions_(conditions), cutoffs_(std::move(cutoffs)) {
  const bool named = !file.mixed && !is_cut_type_name(file.type);
  if (named) file_type_ = file.type;
  checks_types_ = !conditions.types.empty() && !(types_by_file_name && named);
  wants_all_ = !checks_types_ && !conditions.has_time() && conditions.hosts.empty() &&
               !conditions.min_level && cutoffs_.empty();
  for (const std::string& needle : conditions.needles)
    if (needle.size() > rarest_needle_.size()) rarest_needle_ = needle;
}

bool EventMatcher::fits(const EventSlices& slices, std::uint64_t offset) const {
  const bool fits =
      checks_types_ ? conditions_.fits(slices, file_type_) : conditions_.fits_but_type(slices);
  return fits && (cutoffs_.empty() || !cutoffs_.hides(slices, offset));
}

std::size_t EventMatcher::find(std::string_view bytes, std::uint64_t offset,
                               std::vector<Match>& matches, std::uint64_t& events) const {
  if (!rarest_needle_.empty()) return find_needles(bytes, offset, matches, events);
  std::size_t at = 0;
  EventSlices slices;
  while (at < bytes.size()) {
    const std::string_view rest = bytes.substr(at);
    const std::size_t length = wants_all_ ? skip_value(rest) : walk_event(rest, slices);
    if (length == 0 || length > kMaxStoredEventBytes) break;
    ++events;
    if (wants_all_ || fits(slices, offset + at))
      matches.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(length)});
    at += length;
  }
  return at;
}

std::size_t EventMatcher::find_needles(std::string_view bytes, std::uint64_t offset,
                                       std::vector<Match>& matches, std::uint64_t& events) const {
  std::size_t at = 0;
  std::size_t hit = 0;  // the first needle that does not begin before `at`, once it is looked for
  bool known = false;
  while (at < bytes.size()) {
    const std::size_t length = skip_value(bytes.substr(at));
    if (length == 0 || length > kMaxStoredEventBytes) break;
    ++events;
    if (!known || hit < at) {
      known = true;
      const std::size_t found = find_bytes(bytes.substr(at), rarest_needle_);
      hit = found == std::string_view::npos ? bytes.size() : at + found;
    }
    const std::string_view event = bytes.substr(at, length);
    const bool here =
        hit + rarest_needle_.size() <= at + length &&
        std::all_of(conditions_.needles.begin(), conditions_.needles.end(),
                    [&](const std::string& each) { return contains_bytes(event, each); });
    if (here && (wants_all_ || fits(EventSlices::of(event), offset + at)))
      matches.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(length)});
    at += length;
  }
  return at;
}

bool is_no_messagepack(std::string_view bytes) {
  std::uint64_t left = 1;  // values to come
  for (; left > 0 && !bytes.empty(); --left) {
    const auto tag = static_cast<unsigned char>(bytes[0]);
    if (tag == 0xc1) return true;
    const RawValue value(bytes);
    std::size_t size = 0;
    if (value.is_map() || value.is_array()) {
      left += (value.is_map() ? 2 : 1) * std::uint64_t{value.size()};
      size = tag < 0xa0 ? 1 : tag == 0xdc || tag == 0xde ? 3 : 5;
    } else {
      size = skip_value(bytes);
    }
    if (size == 0) return false;  // ends inside it
    bytes.remove_prefix(size);
  }
  return false;
}

}  // namespace ox
