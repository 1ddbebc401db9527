#include "common/store/log_reader.h"

#include <fstream>
#include <string>
#include <vector>

#include <boost/filesystem.hpp>
#include <doctest/doctest.h>

#include "common/base/bytes.h"
#include "common/base/civil_time.h"
#include "tests/unit/base/temporary_directory.h"
#include "tests/unit/store/compressed.h"

namespace ox {
namespace {

void write(const std::string& path, const std::string& bytes) {
  boost::filesystem::create_directories(boost::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

WallTime at(std::string_view date) {
  auto t = parse_date(date);
  REQUIRE(t.ok());
  return *t;
}

bool any_type(std::string_view) { return true; }

// Paths below `dir` of what is found, in order.
std::vector<std::string> find(const TemporaryDirectory& dir, std::string_view first,
                              std::string_view last, const TypePredicate& wanted = any_type) {
  auto list = find_log_files(FileSystem::real(), dir.path(), wanted, at(first), at(last));
  REQUIRE(list.ok());
  CHECK(list->problems.empty());
  std::vector<std::string> paths;
  for (const LogFile& file : list->files) {
    REQUIRE(file.path.starts_with(dir.path() + "/"));
    paths.push_back(file.path.substr(dir.path().size() + 1));
  }
  return paths;
}

using Paths = std::vector<std::string>;

struct WhatWasRead {
  std::vector<std::string> events;
  Status status;
  std::size_t unfinished = 0;
};

WhatWasRead read(const std::string& path, Compression compression = Compression::kNone) {
  WhatWasRead outcome;
  auto reader = LogReader::open(FileSystem::real(), LogFile{path, "t", {}, compression, false});
  if (!reader.ok()) {
    outcome.status = reader.status();
    return outcome;
  }
  std::string_view event;
  while (true) {
    auto found = reader->next(event);
    if (!found.ok()) outcome.status = found.status();
    if (!found.ok() || !*found) break;
    outcome.events.emplace_back(event);
  }
  outcome.unfinished = reader->unfinished();
  return outcome;
}

const std::vector<std::string> kStored = {from_hex("82a16101a162a3616263"),
                                          from_hex("da0003616263"),
                                          from_hex("81a162cb3ff0000000000000")};

std::string all_stored() { return kStored[0] + kStored[1] + kStored[2]; }

}  // namespace

TEST_CASE("files are found in day directories and flat, in order of time, then type") {
  TemporaryDirectory dir;
  for (const char* name :
       {"20170714/request-20170714.log", "20170714/request.db-20170714.log",
        "20170713/request-20170713.log.gz", "20170715/request-20170715.log.bz2",
        "20170714/a-2017071406.log", "old-20170714.log", "20170714/b-20170714-web-1.log"})
    write(dir / name, "");
  CHECK(find(dir, "20170713", "20170715 23:59") ==
        Paths{"20170713/request-20170713.log.gz", "20170714/b-20170714-web-1.log",
              "old-20170714.log", "20170714/request-20170714.log",
              "20170714/request.db-20170714.log", "20170714/a-2017071406.log",
              "20170715/request-20170715.log.bz2"});
}

TEST_CASE("only wanted types are found, by their decoded names") {
  TemporaryDirectory dir;
  write(dir / "20170714/request-20170714.log", "");
  write(dir / "20170714/request.db-20170714.log", "");
  write(dir / "20170714/%2E.%2Fevil-20170714.log", "");
  auto only = [](std::string name) {
    return [name](std::string_view type) { return type == name; };
  };
  CHECK(find(dir, "20170714", "20170714", only("request")) ==
        Paths{"20170714/request-20170714.log"});
  CHECK(find(dir, "20170714", "20170714", only("../evil")) ==
        Paths{"20170714/%2E.%2Fevil-20170714.log"});
  CHECK(find(dir, "20170714", "20170714", only("none")).empty());
}

TEST_CASE("both ends of the range are inside it") {
  TemporaryDirectory dir;
  for (const char* name : {"20170713/t-20170713.log", "20170714/t-20170714.log",
                           "20170715/t-20170715.log", "20170716/t-20170716.log"})
    write(dir / name, "");
  CHECK(find(dir, "20170714", "20170715") ==
        Paths{"20170714/t-20170714.log", "20170715/t-20170715.log"});
  // A day that the range only touches may hold what is asked for.
  CHECK(find(dir, "20170714 23:59", "20170715 00:00") ==
        Paths{"20170714/t-20170714.log", "20170715/t-20170715.log"});
}

TEST_CASE("hours limit hourly files") {
  TemporaryDirectory dir;
  for (const char* name : {"20170714/t-2017071411.log", "20170714/t-2017071412.log",
                           "20170714/t-2017071413.log", "20170714/t-2017071414.log"})
    write(dir / name, "");
  CHECK(find(dir, "20170714 12:00", "20170714 13:00") ==
        Paths{"20170714/t-2017071412.log", "20170714/t-2017071413.log"});
  CHECK(find(dir, "20170714 12:59", "20170714 12:59") == Paths{"20170714/t-2017071412.log"});
}

TEST_CASE("a file of several hours is found by any of them") {
  TemporaryDirectory dir;
  for (const char* name :
       {"20170714/t-2017071406.log", "20170714/t-2017071412.log", "20170714/t-2017071418.log"})
    write(dir / name, "");
  CHECK(find(dir, "20170714 13:30", "20170714 14:00") == Paths{"20170714/t-2017071412.log"});
  CHECK(find(dir, "20170714 17:59", "20170714 18:00") ==
        Paths{"20170714/t-2017071412.log", "20170714/t-2017071418.log"});
  CHECK(find(dir, "20170715", "20170715 01:00").empty());
}

TEST_CASE("other directories and other names are left alone") {
  TemporaryDirectory dir;
  for (const char* name :
       {".oxd/t-20170714.log", ".oxd/20170714/t-20170714.log", "backup/t-20170714.log",
        "20170714/deeper/t-20170714.log", "20170714/t-20170714.log.tmp", "20170714/t-201707140.log",
        "20170714/notes.log", "20171399/t-20170714.log"})
    write(dir / name, "");
  boost::filesystem::create_directories(dir / "20170714/dir-20170714.log");
  CHECK(find(dir, "20170714", "20170714 23:59").empty());
}

TEST_CASE("the file of types beyond the limit is found for every type, and marked") {
  TemporaryDirectory dir;
  write(dir / "20170714/_overflow-20170714.log", "");
  auto find_one = [&](const TypePredicate& wanted) {
    auto list =
        find_log_files(FileSystem::real(), dir.path(), wanted, at("20170714"), at("20170714"));
    REQUIRE(list.ok());
    REQUIRE(list->files.size() == 1);
    return list->files[0];
  };
  CHECK(find_one([](std::string_view type) { return type == "t"; }).mixed);
  CHECK_FALSE(find_one(any_type).mixed);
}

TEST_CASE("a log directory that is not there is an error that names it") {
  TemporaryDirectory dir;
  auto list =
      find_log_files(FileSystem::real(), dir / "nothing", any_type, at("20170714"), at("20170714"));
  REQUIRE_FALSE(list.ok());
  CHECK(list.status().message().find("nothing") != std::string::npos);
}

TEST_CASE("the events of a file are read, plain and compressed") {
  TemporaryDirectory dir;
  write(dir / "plain", all_stored());
  write(dir / "gz",
        gzip(kStored[0] + kStored[1].substr(0, 2)) + gzip(kStored[1].substr(2) + kStored[2]));
  write(dir / "bz2", bzip2(kStored[0]) + bzip2(kStored[1] + kStored[2]));
  for (const WhatWasRead& outcome : {read(dir / "plain"), read(dir / "gz", Compression::kGzip),
                                     read(dir / "bz2", Compression::kBzip2)}) {
    CHECK(outcome.status.ok());
    CHECK(outcome.events == kStored);
    CHECK(outcome.unfinished == 0);
  }
}

TEST_CASE("a file cut at any byte gives the events that are whole, without complaint") {
  TemporaryDirectory dir;
  const std::string all = all_stored();
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    CAPTURE(cut);
    write(dir / "cut", all.substr(0, cut));
    std::vector<std::string> whole;
    std::size_t end = 0;
    for (const std::string& event : kStored) {
      if (end + event.size() > cut) break;
      end += event.size();
      whole.push_back(event);
    }
    WhatWasRead outcome = read(dir / "cut");
    CHECK(outcome.status.ok());
    CHECK(outcome.events == whole);
    CHECK(outcome.unfinished == cut - end);
  }
}

TEST_CASE("damage in the middle names the file and the offset, behind the events before it") {
  TemporaryDirectory dir;
  const std::string damaged = kStored[0] + kStored[1] + "\xc1" + kStored[2];
  write(dir / "plain", damaged);
  write(dir / "gz", gzip(damaged));
  for (const WhatWasRead& outcome : {read(dir / "plain"), read(dir / "gz", Compression::kGzip)}) {
    CHECK(outcome.status.code() == Code::kCorrupt);
    CHECK(outcome.status.message().find(dir.path()) != std::string::npos);
    CHECK(outcome.status.message().find("offset 16") != std::string::npos);
    CHECK(outcome.events == std::vector<std::string>{kStored[0], kStored[1]});
  }
}

TEST_CASE("a compressed file that is cut is an error, behind the events before the cut") {
  TemporaryDirectory dir;
  std::string member = gzip(kStored[0]);
  write(dir / "gz", member + gzip(kStored[1]).substr(0, 12));
  WhatWasRead outcome = read(dir / "gz", Compression::kGzip);
  CHECK(outcome.status.code() == Code::kCorrupt);
  CHECK(outcome.status.message().find("cut gzip data") != std::string::npos);
  REQUIRE(outcome.events.size() >= 1);
  CHECK(outcome.events[0] == kStored[0]);
}

TEST_CASE("many events over many reads all come, in order") {
  TemporaryDirectory dir;
  std::string bytes;
  std::vector<std::string> events;
  for (std::uint32_t i = 0; i < 3000; ++i) {
    std::string size;
    append_le(size, i * 37 % 900);
    std::string event = from_hex("c5") + size[1] + size[0] + std::string(i * 37 % 900, 'x');
    bytes += event;
    events.push_back(event);
  }
  REQUIRE(bytes.size() > (1 << 20));
  write(dir / "many", bytes);
  write(dir / "many.bz2", bzip2(bytes));
  write(dir / "many.zst", zstd(bytes));
  CHECK(read(dir / "many").events == events);
  CHECK(read(dir / "many.bz2", Compression::kBzip2).events == events);
  CHECK(read(dir / "many.zst", Compression::kZstd).events == events);
}

TEST_CASE("a file that cannot be read is an error that names it") {
  TemporaryDirectory dir;
  CHECK(read(dir / "none").status.code() == Code::kNotFound);
  write(dir / "t.zst", "no zstd at all");
  WhatWasRead foreign = read(dir / "t.zst", Compression::kZstd);
  CHECK(foreign.status.code() == Code::kCorrupt);
  CHECK(foreign.status.message().find("t.zst") != std::string::npos);
}

}  // namespace ox
