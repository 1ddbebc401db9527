#include "common/store/log_index.h"

#include "common/store/event_tokens.h"
#include "tests/support/fault_sweep.h"
#include "tests/unit/store/random_logs.h"

namespace ox {
namespace {

const std::string kIndexedLog = "/logs/20260101/sys-20260101.log";
const std::string kIndexOfLog = kIndexedLog + ".idx";

std::unique_ptr<RandomLogs> one_log(std::uint64_t seed, std::size_t bytes) {
  auto logs = std::make_unique<RandomLogs>(seed);
  logs->add_file(kIndexedLog, "sys", bytes, 2'000);
  logs->disk.put(kIndexedLog, RandomLogs::raw_bytes(logs->files[0]));
  return logs;
}

LogIndex load_index(FileSystem& fs) {
  auto index = LogIndex::load(fs, kIndexOfLog);
  REQUIRE_MESSAGE(index.ok(), index.status().message());
  return std::move(*index);
}

bool index_fits(RandomLogs& logs) {
  auto raw = RawLog::open(logs.disk, RandomLogs::log_file(logs.files[0]));
  REQUIRE(raw.ok());
  return load_index(logs.disk).fits(*raw);
}

bool finds_all(RandomLogs& logs) { return scan_all(logs.disk, {}, {}) == logs.expected({}, false); }

}  // namespace

TEST_CASE("an index is made of blocks that a compressed file has as frames") {
  auto logs = one_log(1, 3'000'000);
  const IndexedLog made = logs->index(logs->files[0]);
  CHECK(made.changed);
  CHECK(made.covered == RandomLogs::raw_bytes(logs->files[0]).size());
  CHECK(made.index_bytes == logs->disk.content(kIndexOfLog).size());
  CHECK(made.index_bytes < made.covered / 20);
  LogIndex index = load_index(logs->disk);
  CHECK(index_fits(*logs));
  auto compressed = compress_log(logs->disk, kIndexedLog, Cutoffs(), {});
  REQUIRE(compressed.ok());
  REQUIRE(install_compressed(logs->disk, *compressed).ok());
  logs->files[0].suffix = ".zst";
  auto raw = RawLog::open(logs->disk, RandomLogs::log_file(logs->files[0]));
  REQUIRE(raw.ok());
  CHECK(index.fits(*raw));
  std::vector<std::pair<std::uint64_t, std::uint32_t>> frames;
  for (const SeekableFrame& frame : raw->frames()->frames)
    if (frame.raw_size > 0) frames.emplace_back(frame.raw_offset, frame.raw_size);
  REQUIRE(frames.size() == index.blocks().size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    CHECK(frames[i].first == index.blocks()[i].offset);
    CHECK(frames[i].second == index.blocks()[i].length);
  }
  CHECK_FALSE(logs->index(logs->files[0]).changed);
}

TEST_CASE("a block tells which tokens it may have") {
  auto logs = one_log(1, 1'500'000);
  logs->index(logs->files[0]);
  LogIndex index = load_index(logs->disk);
  std::size_t at = 0;
  std::size_t wrong = 0;
  std::size_t asked = 0;
  for (const IndexBlock& block : index.blocks()) {
    for (std::uint32_t i = 0; i < block.events; ++i)
      for (const std::string& word : logs->files[0].events[at++].words)
        REQUIRE(index.may_hold(block, token_hash(word)));
    for (int n = 0; n < 1000; ++n, ++asked)
      wrong += index.may_hold(block, token_hash("absent" + std::to_string(n))) ? 1U : 0U;
  }
  CHECK(at == logs->files[0].events.size());
  CHECK(wrong * 30 < asked);
}

TEST_CASE("a description reads back as it was written") {
  auto logs = one_log(3, 2'000'000);
  logs->index(logs->files[0]);
  LogIndex index = load_index(logs->disk);
  const std::string bytes = encode_index_description(index.description());
  auto again = decode_index_description(bytes, index.filters_end());
  REQUIRE(again.ok());
  CHECK(*again == index.description());
  for (std::size_t cut = 0; cut < bytes.size(); ++cut)
    CHECK_FALSE(
        decode_index_description(std::string_view(bytes).substr(0, cut), index.filters_end()).ok());
  CHECK_FALSE(decode_index_description(bytes + "x", index.filters_end()).ok());
  CHECK_FALSE(decode_index_description(bytes, kIndexHeadBytes).ok());
}

TEST_CASE("an index cut anywhere, or with any byte of its description changed, is none") {
  auto logs = one_log(1, 200'000);
  logs->index(logs->files[0]);
  const std::string good = logs->disk.content(kIndexOfLog);
  const std::uint64_t filters_end = load_index(logs->disk).filters_end();
  for (std::size_t cut = 0; cut < good.size(); cut += cut < filters_end ? 97 : 1) {
    logs->disk.put(kIndexOfLog, good.substr(0, cut));
    CHECK(LogIndex::load(logs->disk, kIndexOfLog).status().code() == Code::kCorrupt);
  }
  for (std::size_t at = filters_end; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] ^= 0x10;
    logs->disk.put(kIndexOfLog, bad);
    CHECK_FALSE(LogIndex::load(logs->disk, kIndexOfLog).ok());
  }
  std::string newer = good;
  newer[4] = 2;
  logs->disk.put(kIndexOfLog, newer);
  CHECK(LogIndex::load(logs->disk, kIndexOfLog).status().code() == Code::kUnsupported);
  CHECK(finds_all(*logs));
}

TEST_CASE("a damaged filter rules nothing out") {
  auto logs = one_log(1, 700'000);
  logs->index(logs->files[0]);
  std::string bytes = logs->disk.content(kIndexOfLog);
  const std::uint64_t filters_end = load_index(logs->disk).filters_end();
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(kIndexHeadBytes),
            bytes.begin() + static_cast<std::ptrdiff_t>(filters_end), '\0');
  logs->disk.put(kIndexOfLog, bytes);
  LogIndex index = load_index(logs->disk);
  for (const IndexBlock& block : index.blocks()) CHECK(index.may_hold(block, token_hash("absent")));
}

TEST_CASE("an index of a file that grows is gone on with, and speaks for the front until then") {
  auto logs = one_log(5, 3'000'000);
  const std::string raw = RandomLogs::raw_bytes(logs->files[0]);
  std::uint64_t covered = 0;
  for (std::size_t size : {10'000U, 400'000U, 700'000U, 1'900'000U, 1'950'000U, 3'000'000U}) {
    const std::string front = raw.substr(0, size);
    logs->disk.put(kIndexedLog, front);
    if (covered > 0) CHECK(index_fits(*logs));
    const IndexedLog indexed = logs->index(logs->files[0]);
    CHECK(indexed.changed == (size >= kLeastIndexedBytes));
    if (!indexed.changed) continue;
    CHECK(indexed.covered <= size);
    CHECK(indexed.covered + 10'000 > size);
    CHECK(indexed.read_bytes <= size - covered + 2 * kIndexBlockBytes);
    CHECK_FALSE(logs->index(logs->files[0]).changed);
    covered = indexed.covered;
  }
  // As if it had been made at once.
  logs->disk.put(kIndexedLog, raw);
  logs->index(logs->files[0]);
  const std::string grown = logs->disk.content(kIndexOfLog);
  REQUIRE(index_log(logs->disk, RandomLogs::log_file(logs->files[0]), {}, true).ok());
  CHECK(logs->disk.content(kIndexOfLog) == grown);
}

TEST_CASE("an index that was given up is one of what was read so far") {
  auto logs = one_log(5, 3'000'000);
  int blocks = 2;
  const IndexedLog indexed = logs->index(logs->files[0], [&] { return --blocks > 0; });
  CHECK(indexed.changed);
  CHECK(indexed.covered > 500'000);
  CHECK(indexed.covered < 1'200'000);
  CHECK(load_index(logs->disk).blocks().size() == 2);
  CHECK(finds_all(*logs));
  CHECK(logs->index(logs->files[0]).covered == RandomLogs::raw_bytes(logs->files[0]).size());
}

TEST_CASE("an index of another file, or of what the file was before, is not believed") {
  auto logs = one_log(1, 900'000);
  logs->index(logs->files[0]);
  const std::string index = logs->disk.content(kIndexOfLog);
  for (std::size_t bytes : {300'000U, 900'000U, 1'800'000U}) {
    auto other = one_log(2, bytes);
    other->disk.put(kIndexOfLog, index);
    CHECK_FALSE(index_fits(*other));
    CHECK(finds_all(*other));
    CHECK(other->index(other->files[0]).changed);
    CHECK(index_fits(*other));
  }
}

TEST_CASE("an index that lies about its blocks is given up when one is read") {
  auto logs = one_log(1, 1'800'000);
  logs->index(logs->files[0]);
  LogIndex index = load_index(logs->disk);
  IndexDescription lying = index.description();
  lying.blocks[1].length += 5;
  lying.blocks[2].length -= 5;
  std::string bytes = logs->disk.content(kIndexOfLog).substr(0, index.filters_end());
  std::string description = encode_index_description(lying);
  description += encode_index_end(description, bytes.size());
  logs->disk.put(kIndexOfLog, bytes + description);
  REQUIRE(index_fits(*logs));
  for (auto order : {ScanOptions::Order::kForward, ScanOptions::Order::kReverse}) {
    ScanOptions options;
    options.order = order;
    std::vector<std::string> found = scan_all(logs->disk, {}, options);
    if (order == ScanOptions::Order::kReverse) std::reverse(found.begin(), found.end());
    CHECK(found == logs->expected({}, false));
  }
}

TEST_CASE("a crash while an index is written leaves one that is right, or none") {
  const std::uint64_t first = test_seed(1);
  for (std::uint64_t seed = first; seed < first + rounds(3, 40); ++seed) {
    for (bool grows : {false, true}) {
      std::uint64_t changes = 0;
      for (std::uint64_t crash_after = 0;; ++crash_after) {
        INFO("seed ", seed, ", grows ", grows, ", crash after ", crash_after);
        auto logs = one_log(seed, 2'300'000);
        const std::string raw = RandomLogs::raw_bytes(logs->files[0]);
        if (grows) {
          logs->disk.put(kIndexedLog, raw.substr(0, 1'200'000));
          logs->index(logs->files[0]);
          logs->disk.put(kIndexedLog, raw);
        }
        const std::uint64_t before = logs->disk.changes();
        logs->disk.crash_after(crash_after);
        (void)index_log(logs->disk, RandomLogs::log_file(logs->files[0]), {});
        const bool whole = !logs->disk.stopped();
        changes = logs->disk.changes() - before;
        logs->disk.crash(static_cast<SimulatedDisk::Keep>(logs->below(4)));
        EventConditions conditions;
        conditions.words = {"rare"};
        const std::vector<std::string> found = scan_all(logs->disk, conditions, {});
        std::size_t rare = 0;
        for (const std::string& event : found)
          rare += event.find("RARE") != std::string::npos ? 1U : 0U;
        std::size_t all_rare = 0;
        for (const MadeEvent& event : logs->files[0].events)
          all_rare += event.bytes.find("RARE") != std::string::npos ? 1U : 0U;
        CHECK(rare == all_rare);
        CHECK(finds_all(*logs));
        (void)logs->index(logs->files[0]);
        CHECK(index_fits(*logs));
        CHECK(finds_all(*logs));
        if (whole) break;
      }
      CHECK(changes >= 3);
    }
  }
}

TEST_CASE("a failed call while an index is written changes nothing that is found") {
  auto sound = one_log(1, 1'700'000);
  const std::size_t before = sound->disk.calls().size();
  sound->index(sound->files[0]);
  auto calls = sound->disk.calls();
  calls.erase(calls.begin(), calls.begin() + static_cast<std::ptrdiff_t>(before));
  CHECK(calls.size() > 5);
  for (const SimulatedDisk::Fault& fault : every_fault(calls)) {
    INFO(describe(fault));
    auto logs = one_log(1, 1'700'000);
    logs->disk.inject(fault);
    (void)index_log(logs->disk, RandomLogs::log_file(logs->files[0]), {});
    logs->disk.clear_faults();
    CHECK(finds_all(*logs));
    logs->index(logs->files[0]);
    CHECK(index_fits(*logs));
  }
}

TEST_CASE("names of indexes are known") {
  CHECK(is_index_name("web-20260101.log.idx"));
  CHECK(is_index_name("web-2026010112.log.idx.part"));
  CHECK_FALSE(is_index_name("web-20260101.log"));
  CHECK_FALSE(is_index_name("web.idx"));
  LogFile file;
  file.path = "/l/web-20260101.log.bz2";
  file.compression = Compression::kBzip2;
  CHECK(index_path(file) == "/l/web-20260101.log.idx");
}

}  // namespace ox
