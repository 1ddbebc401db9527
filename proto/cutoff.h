#pragma once
// CUT_OFF: what a control client tells a collector to forget (proto/README.md, "Control"; what then
// happens: common/store/cutoffs.h).
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <msgpack.hpp>

#include "common/base/status.h"
#include "proto/event_slices.h"
#include "proto/type_pattern.h"

namespace ox {

// Which events are meant: those of which all of this is true.
struct CutoffScope {
  TypePattern types;
  // `end` is before it, in Unix seconds; what has no number there is never before anything.
  // Nothing: whatever their end is.
  std::optional<double> before;
  std::vector<std::string> names;         // body.name is one of them; empty: all
  std::optional<std::int64_t> min_level;  // body.level, 0 without one, is this or more
  bool logger_ids = false;  // they came by Logger's API: their id begins with "<body.name>:"

  // All but the type.
  bool fits_but_type(const EventSlices& event) const;
  // Every event that is in `other` is here as well. (False may mean: not known.)
  bool contains(const CutoffScope& other) const;
  bool operator==(const CutoffScope&) const = default;
};

struct CutoffRequest {
  CutoffScope scope;
  bool count = true;  // the answer shall say how many events it hides, which takes reading them
};

struct CutoffReply {
  std::optional<std::uint64_t> hidden;  // events that could be read before; when they were counted
  bool unsupported = false;             // the node has no log files; with `error`
  std::string error;                    // "": it is done
};

// What a name in a scope, and a type, may have.
inline constexpr std::size_t kMaxCutoffName = 1024;
inline constexpr std::size_t kMaxCutoffNames = 1000;

std::string encode_cutoff_request(const CutoffRequest& request);
// Of a request's map. Error: kInvalid, naming the key.
Result<CutoffRequest> decode_cutoff_request(const msgpack::object& map);
std::string encode_cutoff_reply(const CutoffReply& reply);
// Of any reply's map, from whatever node. Error: kCorrupt for what is neither done nor refused.
Result<CutoffReply> decode_cutoff_reply(const msgpack::object& map);

}  // namespace ox
