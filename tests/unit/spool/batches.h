#pragma once
// Batches whose whole content follows from their number, so that a test knows every byte it should
// see.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/spool/segment.h"

namespace ox {

inline Uuid test_run(std::uint8_t n = 1) {
  Uuid run;
  run.bytes.fill(static_cast<char>(0x40 + n));
  return run;
}

// `events` events of `body` bytes each.
inline BatchPtr make_batch(const BatchId& id, std::uint32_t events = 1, std::size_t body = 40) {
  BatchBuilder builder(1);
  for (std::uint32_t i = 0; i < events; ++i) {
    std::string bytes = std::to_string(id.seq) + "." + std::to_string(i) + ":";
    while (bytes.size() < body)
      bytes.push_back(static_cast<char>((bytes.size() * 7 + id.seq * 13 + i) & 0xff));
    bytes.resize(body);
    builder.add("type", "host", 1.5, bytes);
  }
  return builder.seal(id, Seconds(1'500'000'000));
}
inline BatchPtr make_batch(std::uint64_t seq, std::uint32_t events = 1, std::size_t body = 40) {
  return make_batch(BatchId{test_run(), seq}, events, body);
}

inline SpoolRecord make_record(Position at, BatchPtr batch, WallTime accepted_at = Seconds(7)) {
  SpoolRecord record;
  record.position = at;
  record.end = at + record_size(*batch);
  record.accepted_at = accepted_at;
  record.batch = std::move(batch);
  return record;
}

inline std::uint64_t seq_of(const SpoolRecord& record) { return record.batch->id().seq; }

using Seqs = std::vector<std::uint64_t>;

}  // namespace ox

namespace doctest {
template <>
struct StringMaker<ox::Seqs> {
  static String convert(const ox::Seqs& seqs) {
    std::string out = "[";
    for (std::uint64_t seq : seqs) out += (out.size() > 1 ? " " : "") + std::to_string(seq);
    return (out + "]").c_str();
  }
};
}  // namespace doctest
