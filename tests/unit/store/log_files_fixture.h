#pragma once
// A writer around LogFiles, as small as it can be: its spool is a vector of events, its checkpoint
// a position and a listing.
#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/filesystem.hpp>
#include <doctest/doctest.h>

#include "common/base/civil_time.h"
#include "common/store/log_files.h"
#include "proto/log_name.h"
#include "tests/unit/base/temporary_directory.h"
#include "tests/unit/store/faulty_file_system.h"

namespace ox {

struct StoredEvent {
  std::string type;
  std::string body;
  WallTime accepted_at{};
};

class LogFilesFixture {
 public:
  static constexpr WallTime kNoon = std::chrono::hours(24 * 17361 + 12);  // 2017-07-14

  LogFilesFixture() {
    options.directory = dir / "logs";
    options.max_open = 16;
  }

  void open() {
    auto opened = LogFiles::open(fs, options, metrics, clock);
    REQUIRE(opened.ok());
    files = std::move(opened).value();
  }

  // Adds it to the spool and to the files.
  LogFiles::Placement add(const std::string& type, const std::string& body,
                          WallTime accepted_at = kNoon) {
    if (files == nullptr) open();
    auto placement = files->add(type, body, accepted_at);
    REQUIRE_MESSAGE(placement.ok(), placement.status().message());
    spool.push_back({type, body, accepted_at});
    return *placement;
  }

  // Stores the listing with the position of the last sync.
  void intent() {
    stored_listing = files->listing();
    stored_position = synced_position;
    files->listed();
  }

  Status flush() {
    if (files->needs_listing()) intent();
    return files->flush();
  }

  Status checkpoint() {
    if (files->needs_listing()) intent();
    OX_RETURN_IF_ERROR(files->sync());
    synced_position = spool.size();
    intent();
    return ok_status();
  }

  // The process is killed and starts again; what it had added comes from the spool.
  LogFiles::Restored restart(bool gapless = true) {
    files.reset();
    open();
    auto restored = files->restore(stored_listing, gapless);
    REQUIRE_MESSAGE(restored.ok(), restored.status().message());
    synced_position = stored_position;
    for (std::size_t i = stored_position; i < spool.size(); ++i) {
      const StoredEvent& e = spool[i];
      auto placement = files->add(e.type, e.body, e.accepted_at);
      REQUIRE_MESSAGE(placement.ok(), placement.status().message());
    }
    return *restored;
  }

  // The second pass over the spool for files that were taken away. Answers how many events it took.
  std::size_t replay() {
    REQUIRE(files->begin_replay().ok());
    std::size_t taken = 0;
    for (std::size_t i = synced_position; i < spool.size(); ++i) {
      auto placement = files->replay(spool[i].type, spool[i].body, spool[i].accepted_at);
      REQUIRE_MESSAGE(placement.ok(), placement.status().message());
      if (placement->has_value()) ++taken;
    }
    files->end_replay();
    return taken;
  }

  std::string path(const std::string& type, WallTime accepted_at = kNoon) const {
    return options.directory + "/" + log_file_path(type, accepted_at, options.rotate_hours);
  }
  static std::string content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  std::string content_of(const std::string& type, WallTime accepted_at = kNoon) const {
    return content(path(type, accepted_at));
  }
  static void put(const std::string& path, const std::string& bytes) {
    boost::filesystem::create_directories(boost::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }
  // By path, what exactly-once makes of the spool.
  std::map<std::string, std::string> expected() const {
    std::map<std::string, std::string> by_path;
    for (const StoredEvent& e : spool) by_path[path(e.type, e.accepted_at)] += e.body;
    return by_path;
  }
  void check_exactly_once() const {
    for (const auto& wanted : expected())
      CHECK_MESSAGE(content(wanted.first) == wanted.second, wanted.first);
  }
  std::vector<ListedFile> listed() const {
    auto decoded = decode_listing(stored_listing);
    REQUIRE(decoded.ok());
    return *decoded;
  }
  std::uint64_t counter(std::string_view name) { return metrics.counter(name).value(); }

  TemporaryDirectory dir;
  FaultyFileSystem fs;
  LogFilesOptions options;
  Metrics metrics;
  FakeClock clock;
  std::unique_ptr<LogFiles> files;
  std::vector<StoredEvent> spool;
  std::size_t synced_position = 0;
  std::size_t stored_position = 0;
  std::string stored_listing;
};

}  // namespace ox
