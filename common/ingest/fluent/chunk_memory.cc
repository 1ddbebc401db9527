#include "common/ingest/fluent/chunk_memory.h"

#include <utility>

#include "common/base/bytes.h"
#include "common/base/crc32c.h"

namespace ox {

ChunkMemory::Claim ChunkMemory::claim(std::string_view chunk) {
  if (chunk.size() > kLongestChunk) return Claim::kNew;
  auto found = chunks_.find(chunk);
  if (found == chunks_.end()) {
    chunks_.emplace(std::string(chunk), State());
    return Claim::kNew;
  }
  return found->second.safe ? Claim::kSafe : Claim::kUnderWay;
}

void ChunkMemory::wait(std::string_view chunk, std::function<void(bool)> done) {
  auto found = chunks_.find(chunk);
  if (found != chunks_.end()) found->second.waiting.push_back(std::move(done));
}

void ChunkMemory::settle(std::string_view chunk, bool safe) {
  auto found = chunks_.find(chunk);
  if (found == chunks_.end() || found->second.safe) return;
  auto waiting = std::move(found->second.waiting);
  found->second.waiting.clear();
  if (safe) {
    found->second.safe = true;
    safe_.emplace_back(chunk);
    if (safe_.size() > remembered_) {
      chunks_.erase(safe_.front());
      safe_.pop_front();
    }
  } else {
    chunks_.erase(found);
  }
  for (const auto& done : waiting) done(safe);
}

std::string chunk_key(std::string_view host, std::string_view tag, std::string_view chunk,
                      std::string_view payload, bool gzip) {
  // gzip's header has the time at which it was made; its end has the CRC and length of what is in
  // it.
  constexpr std::size_t kGzipTrailer = 8;
  if (gzip && payload.size() > kGzipTrailer) payload.remove_prefix(payload.size() - kGzipTrailer);
  std::string out;
  append_le(out, crc32c(payload));
  append_le<std::uint64_t>(out, payload.size());
  append_le<std::uint64_t>(out, chunk.size());
  append_le<std::uint64_t>(out, tag.size());
  return out.append(chunk).append(tag).append(host);
}

}  // namespace ox
