#include "common/ingest/api/loki/snappy_block.h"

#include <fmt/format.h>
#include <snappy.h>

#include "common/base/quantity.h"

namespace ox {

// The densest of its elements is a copy of 64 bytes in 3.
static constexpr std::uint64_t kMostSnappyRatio = 22;

Result<std::string> uncompress_snappy(std::string_view block, std::uint64_t most) {
  std::size_t size = 0;
  if (!snappy::GetUncompressedLength(block.data(), block.size(), &size))
    return Status(Code::kCorrupt, "this is no snappy block");
  if (size > most)
    return Status(Code::kTooLarge, fmt::format("the body has {} uncompressed; the most is {}",
                                               format_size(size), format_size(most)));
  if (size > block.size() * kMostSnappyRatio)
    return Status(Code::kCorrupt, "the snappy block is not as long as it says");
  std::string out(size, '\0');
  if (!snappy::RawUncompress(block.data(), block.size(), out.data()))
    return Status(Code::kCorrupt, "the snappy block is broken");
  return out;
}

}  // namespace ox
