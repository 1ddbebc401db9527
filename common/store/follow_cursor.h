#pragma once
// Where a follower of log files stands (log_follower.h), as text that clients keep and bring back.
//
// Base64url (RFC 4648 section 5) without padding of, integers little-endian:
//   offset  bytes  meaning
//        0      1  version, 1
//        1      4  everything in files of periods that ended before this hour, hours since 1970, was
//                  given out; as files are named
//        5      -  for each file of later periods of which something was given out:
//                    4  FollowCursor::key_of()
//                    n  up to where, decompressed: LEB128
//      end      4  CRC-32C of all before
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace ox {

struct FollowCursor {
  WallTime from{};                               // a whole hour from 1970 on
  std::map<std::uint32_t, std::uint64_t> marks;  // by key_of()

  // `place`: the path below the log directory without the suffix of a compression.
  static std::uint32_t key_of(std::string_view place, bool compressed);

  std::string encode() const;
  // Error: kInvalid.
  static Result<FollowCursor> decode(std::string_view text);
  bool operator==(const FollowCursor&) const = default;
};

}  // namespace ox
