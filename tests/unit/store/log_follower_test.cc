#include "common/store/log_follower.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <vector>

#include <doctest/doctest.h>
#include <msgpack.hpp>

#include "common/store/log_compressor.h"
#include "common/store/log_indexer.h"
#include "tests/support/simulated_disk.h"
#include "tests/unit/store/compressed.h"

namespace ox {
namespace {

using FollowedIds = std::vector<std::uint64_t>;

std::string followed_path(const std::string& type, const std::string& day = "20260101") {
  return day + "/" + type + "-" + day + ".log";
}

std::string followed_event(std::uint64_t id, const std::string& type = "a",
                           std::size_t filler = 10) {
  msgpack::sbuffer buffer;
  msgpack::packer<msgpack::sbuffer> packer(buffer);
  packer.pack_map(3);
  packer.pack("id").pack(id).pack("type").pack(type);
  packer.pack("body").pack(std::string(filler, 'x'));
  return {buffer.data(), buffer.size()};
}

// A log directory that is written, and a follower of it.
class FollowFixture {
 public:
  explicit FollowFixture(EventConditions conditions = {}) : conditions_(std::move(conditions)) {
    REQUIRE(disk.make_directories("/logs").ok());
    restart({});
    boot.bytes[0] = 1;
  }

  void restart(FollowOptions options) {
    options.problem = [this](const Status& status) { problems.push_back(status.message()); };
    follower = std::make_unique<LogFollower>(disk, "/logs", conditions_, std::move(options));
  }

  // Appends an event, and says where it lies.
  TailPosition write(std::uint64_t id, const std::string& path, const std::string& type = "a",
                     std::size_t filler = 10) {
    std::string bytes = disk.content("/logs/" + path);
    TailPosition position{boot, id, bytes.size(), path};
    disk.put("/logs/" + path, bytes + followed_event(id, type, filler));
    return position;
  }
  void cut(const std::string& path, std::uint64_t size) {
    disk.put("/logs/" + path, disk.content("/logs/" + path).substr(0, size));
  }
  void compress(const std::string& path) {
    auto cutoffs = Cutoffs::load(disk, "/logs");
    REQUIRE(cutoffs.ok());
    auto made = compress_log(disk, "/logs/" + path, *cutoffs, [] { return true; });
    REQUIRE_MESSAGE(made.ok(), made.status().message());
    REQUIRE(install_compressed(disk, *made).ok());
  }
  void index(const std::string& path) {
    LogFile file;
    file.path = "/logs/" + path;
    file.type = "a";
    REQUIRE(index_log(disk, file, [] { return true; }).ok());
  }

  bool look(LogFollower::Look how = LogFollower::Look::kAll, std::size_t at_most = SIZE_MAX) {
    std::size_t left = at_most;
    auto looked = follower->look(how, [&](std::string_view event, const LogPlace&) {
      got.push_back(*EventSlices::of(event).id.as_uint());
      return --left > 0;
    });
    REQUIRE_MESSAGE(looked.ok(), looked.status().message());
    return *looked;
  }
  void live(const TailPosition& position, const std::string& type = "a", std::size_t filler = 10) {
    follower->take(position, followed_event(position.sequence, type, filler),
                   [&](std::string_view event, const LogPlace& place) {
                     CHECK(place.path == position.file);
                     got.push_back(*EventSlices::of(event).id.as_uint());
                     return true;
                   });
  }
  // What was given out since.
  FollowedIds take() { return std::exchange(got, {}); }

  SimulatedDisk disk;
  Uuid boot;
  std::unique_ptr<LogFollower> follower;
  FollowedIds got;
  std::vector<std::string> problems;

 private:
  const EventConditions conditions_;
};

const std::string kA = followed_path("a");
const std::string kB = followed_path("b");

}  // namespace

TEST_CASE("a follower gives what is there, then what comes, each once") {
  FollowFixture f;
  f.write(1, kA);
  f.write(2, kB, "b");
  CHECK(f.look());
  CHECK(f.take() == FollowedIds{1, 2});
  CHECK(f.look());
  CHECK(f.take().empty());
  f.write(3, kB, "b");
  f.write(4, followed_path("new"), "new");
  f.write(5, followed_path("a", "20260102"));
  f.look();
  CHECK(f.take() == FollowedIds{3, 4, 5});
  f.look();
  CHECK(f.take().empty());
}

TEST_CASE("a live event is given out at once, and not again from its file") {
  FollowFixture f;
  f.write(1, kA);
  f.look();
  f.take();
  for (std::uint64_t id = 2; id < 6; ++id) {
    f.live(f.write(id, kA));
    CHECK(f.take() == FollowedIds{id});
  }
  f.look();
  CHECK(f.take().empty());
  // Of a file that nobody has looked at.
  f.live(f.write(9, kB, "b"), "b");
  CHECK(f.take() == FollowedIds{9});
  f.look();
  CHECK(f.take().empty());
  CHECK_FALSE(f.follower->foreign());
}

TEST_CASE("what live events do not tell is read from the file before the next, in order") {
  FollowFixture f;
  f.live(f.write(1, kA));
  f.write(2, kA);
  f.write(3, kA);
  f.live(f.write(4, kA));
  CHECK(f.take() == FollowedIds{1, 2, 3, 4});
}

TEST_CASE("live events that the files have told already are no news") {
  FollowFixture f;
  const TailPosition one = f.write(1, kA);
  const TailPosition two = f.write(2, kA);
  f.look();
  f.live(one);
  f.live(two);
  CHECK(f.take() == FollowedIds{1, 2});
  f.live(f.write(3, kA));
  CHECK(f.take() == FollowedIds{3});
}

TEST_CASE("a patient look leaves to live events what is new, but not for long") {
  FollowFixture f;
  f.live(f.write(1, kA));
  const TailPosition two = f.write(2, kA);
  f.look(LogFollower::Look::kPatient);
  CHECK(f.take() == FollowedIds{1});
  f.live(two);
  CHECK(f.take() == FollowedIds{2});
  f.write(3, kA);
  f.look(LogFollower::Look::kPatient);
  CHECK(f.take().empty());
  f.look(LogFollower::Look::kPatient);
  CHECK(f.take() == FollowedIds{3});
}

TEST_CASE("live events of another node's files are not believed") {
  FollowFixture f;
  f.write(1, kA);
  f.write(2, kA);
  TailPosition other{f.boot, 77, 0, kA};
  f.live(other);  // before what was read
  f.look();
  f.take();
  other.file_offset = f.disk.content("/logs/" + kA).size();
  other.sequence = 78;
  f.live(other);  // of which the file knows nothing
  CHECK(f.take().empty());
  CHECK(f.follower->foreign());
  f.write(3, kA);
  f.look();
  CHECK(f.take() == FollowedIds{3});
}

TEST_CASE("paths that lead out of the log directory are no files") {
  FollowFixture f;
  f.disk.put("/other/a-20260101.log", followed_event(1));
  f.look();
  for (const char* path : {"../other/a-20260101.log", "20260101/../../other/a-20260101.log", "",
                           "/other/a-20260101.log", "20260101/a", "x/a-20260101.log"})
    f.live({f.boot, 1, 0, path});
  CHECK(f.take().empty());
  CHECK(f.follower->files() == 0);
}

TEST_CASE("a file that is cut and gets the same events again is gone on with") {
  FollowFixture f;
  for (std::uint64_t id = 1; id <= 3; ++id) f.write(id, kA);
  f.look();
  CHECK(f.take().size() == 3);
  const std::string whole = f.disk.content("/logs/" + kA);
  f.cut(kA, followed_event(1).size());
  f.look();
  CHECK(f.take().empty());
  f.boot.bytes[0] = 2;
  f.disk.put("/logs/" + kA, whole);
  f.live(f.write(4, kA));
  f.look();
  CHECK(f.take() == FollowedIds{4});
  CHECK(f.problems.empty());
}

TEST_CASE("a file that is removed and begins anew is read from its front") {
  for (bool live : {false, true}) {
    FollowFixture f;
    f.live(f.write(1, kA));
    f.live(f.write(2, kA));
    f.take();
    REQUIRE(f.disk.remove("/logs/" + kA).ok());
    const TailPosition position = f.write(3, kA);
    if (live) f.live(position);
    f.write(4, kA);
    f.write(5, kA);
    f.look();
    f.look();
    CHECK(f.take() == FollowedIds{3, 4, 5});
  }
}

TEST_CASE("what a file had still to give is read when it was renamed or removed") {
  FollowFixture f;
  f.write(1, kA);
  f.look();
  f.write(2, kA);
  REQUIRE(f.disk.remove("/logs/" + kA).ok());
  f.look();
  CHECK(f.take() == FollowedIds{1, 2});
  f.look();
  CHECK(f.take().empty());
}

TEST_CASE("a log file that is compressed is not given out again, and its rest is") {
  for (bool rest : {false, true}) {
    CAPTURE(rest);
    FollowFixture f;
    f.write(1, kA);
    f.write(2, kA);
    f.look();
    CHECK(f.take() == FollowedIds{1, 2});
    if (rest) f.write(3, kA);
    f.compress(kA);
    f.look();
    CHECK(f.take() == (rest ? FollowedIds{3} : FollowedIds{}));
    // A late one, which is then compressed behind the others.
    f.write(4, kA);
    f.look();
    CHECK(f.take() == FollowedIds{4});
    f.write(5, kA);
    f.compress(kA);
    f.look();
    CHECK(f.take() == FollowedIds{5});
    f.look();
    CHECK(f.take().empty());
    CHECK(f.problems.empty());
  }
}

TEST_CASE("a log file that somebody compresses with gzip is gone on with") {
  FollowFixture f;
  f.write(1, kA);
  f.look();
  f.write(2, kA);
  f.disk.put("/logs/" + kA + ".gz", gzip(f.disk.content("/logs/" + kA)));
  REQUIRE(f.disk.remove("/logs/" + kA).ok());
  f.look();
  CHECK(f.take() == FollowedIds{1, 2});
}

TEST_CASE("half an event is waited for") {
  FollowFixture f;
  f.write(1, kA);
  const std::string event = followed_event(2, "a", 600);
  const std::string before = f.disk.content("/logs/" + kA);
  for (std::size_t cut : {std::size_t{1}, event.size() / 2, event.size() - 1}) {
    f.disk.put("/logs/" + kA, before + event.substr(0, cut));
    f.look();
    CHECK(f.take() == (cut == 1 ? FollowedIds{1} : FollowedIds{}));
  }
  f.disk.put("/logs/" + kA, before + event);
  f.look();
  CHECK(f.take() == FollowedIds{2});
}

TEST_CASE("only events that fulfil the conditions are given out, live ones too") {
  EventConditions conditions;
  conditions.types = {TypePattern::parse("a").value()};
  FollowFixture f(conditions);
  f.live(f.write(1, kA));
  f.live(f.write(2, kA));
  f.live(f.write(3, kB, "b"), "b");
  f.live(f.write(4, kA, "c"), "c");  // which names another type than its file
  f.live(f.write(5, kA));
  f.look();
  CHECK(f.take() == FollowedIds{1, 2, 5});
}

TEST_CASE("history is read through the index, and gone on from between two blocks") {
  FollowFixture f;
  FollowedIds all;
  for (std::uint64_t id = 1; id <= 60; ++id) {
    f.write(id, kA, "a", 30'000);
    all.push_back(id);
    if (id == 50) f.index(kA);
  }
  for (int rounds = 0; !f.look(LogFollower::Look::kAll, 7) && rounds < 100; ++rounds) continue;
  CHECK(f.take() == all);
}

TEST_CASE("a damaged place ends a file, once said, and the others are gone on with") {
  FollowFixture f;
  f.write(1, kA);
  f.disk.put("/logs/" + kA, f.disk.content("/logs/" + kA) + '\xc1' + followed_event(2));
  f.write(3, kB, "b");
  f.look();
  CHECK(f.take() == FollowedIds{1, 3});
  f.write(4, kA);
  f.write(5, kB, "b");
  f.look();
  CHECK(f.take() == FollowedIds{5});
  REQUIRE(f.problems.size() == 1);
  CHECK(f.problems[0].find(kA) != std::string::npos);
}

TEST_CASE("a follower of what is new passes over what is there") {
  FollowFixture f;
  f.write(1, kA);
  f.write(2, kB, "b");
  f.compress(kB);
  f.restart({.only_new = true});
  f.look();
  CHECK(f.take().empty());
  f.write(3, kA);
  f.write(4, kB, "b");
  f.look();
  CHECK(f.take() == FollowedIds{3, 4});
}

TEST_CASE("a follower that starts from where another stood goes on behind its last event") {
  for (bool compressed : {false, true}) {
    for (std::size_t stand = 1; stand <= 9; ++stand) {
      CAPTURE(compressed);
      CAPTURE(stand);
      FollowFixture f;
      FollowedIds all;
      for (std::uint64_t id = 1; id <= 12; ++id) {
        const std::string day = id <= 4 ? "20260101" : id <= 8 ? "20260102" : "20260103";
        f.write(id, followed_path(id % 2 == 0 ? "a" : "b", day));
        all.push_back(id);
      }
      FollowCursor cursor;
      std::size_t left = stand;
      auto looked =
          f.follower->look(LogFollower::Look::kAll, [&](std::string_view event, const LogPlace&) {
            f.got.push_back(*EventSlices::of(event).id.as_uint());
            cursor = f.follower->cursor();
            return --left > 0;
          });
      REQUIRE(looked.ok());
      auto decoded = FollowCursor::decode(cursor.encode());
      REQUIRE(decoded.ok());
      if (compressed)
        for (const char* day : {"20260101", "20260102"})
          for (const char* type : {"a", "b"}) f.compress(followed_path(type, day));
      f.restart({.first = decoded->from, .from = *decoded});
      f.look();
      FollowedIds got = f.take();
      CHECK(got.size() == all.size());
      std::sort(got.begin(), got.end());
      CHECK(got == all);
    }
  }
}

TEST_CASE("whatever is written, cut, compressed, and told live or not, each event comes once") {
  const std::uint64_t seed = test_seed(11);
  INFO("seed ", seed);
  std::mt19937_64 random(seed);
  auto chance = [&](int of) { return random() % static_cast<std::uint64_t>(of) == 0; };
  for (int run = 0; run < 60; ++run) {
    FollowFixture f;
    std::uint64_t id = 0;
    std::map<std::string, FollowedIds> written;  // by path
    std::map<std::uint64_t, std::string> path_of;
    std::vector<TailPosition> pending;  // live events on their way
    std::set<std::string> closed;       // compressed, which no look has seen yet
    for (int step = 0; step < 150; ++step) {
      const std::string path = followed_path(std::string(1, static_cast<char>('a' + random() % 4)),
                                             chance(2) ? "20260101" : "20260102");
      switch (random() % 10) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4:
          if (closed.contains(path)) break;
          ++id;
          pending.push_back(f.write(id, path));
          written[path].push_back(id);
          path_of[id] = path;
          if (chance(4)) pending.pop_back();  // nobody is told
          break;
        case 5:
          for (const TailPosition& position : pending) f.live(position);
          pending.clear();
          break;
        case 6:
          if (f.look(chance(2) ? LogFollower::Look::kAll : LogFollower::Look::kPatient,
                     chance(3) ? 1 + random() % 3 : SIZE_MAX))
            closed.clear();
          break;
        case 7:
          if (!f.disk.content("/logs/" + path).empty() && chance(2)) {
            // Nothing of the file is told live any more, as it is written no more.
            std::erase_if(pending, [&](const TailPosition& p) { return p.file == path; });
            f.compress(path);
            closed.insert(path);
          }
          break;
        case 8: {  // oxd dies, cuts its files and writes the same again
          pending.clear();
          const std::string whole = f.disk.content("/logs/" + path);
          if (whole.empty()) break;
          f.cut(path, 0);
          if (chance(2)) f.look();
          f.disk.put("/logs/" + path, whole.substr(0, followed_event(1).size()));
          if (chance(2)) f.look();
          f.disk.put("/logs/" + path, whole);
          ++f.boot.bytes[1];
          break;
        }
        default:
          f.live({Uuid::random(), 1, random() % 200, path});  // of somebody else's files
          break;
      }
    }
    f.look();
    f.look();
    std::map<std::string, FollowedIds> got;
    for (std::uint64_t each : f.take()) got[path_of[each]].push_back(each);
    REQUIRE(got == written);
  }
}

}  // namespace ox
