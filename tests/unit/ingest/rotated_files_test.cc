#include "common/ingest/rotated_files.h"

#include <set>

#include <doctest/doctest.h>

#include "tests/support/simulated_disk.h"

namespace ox {
namespace {

// Logs app.log.3 (the oldest) to app.log, and a rotation that comes while somebody looks at them.
struct Fixture {
  Fixture() {
    for (const char* name : {"app.log.3", "app.log.2", "app.log.1", "app.log"})
      disk.put(std::string("/l/") + name, std::string("lines of ") + name);
    for (const char* name : {"app.log.3", "app.log.2", "app.log.1", "app.log"})
      ids.push_back(disk.info(std::string("/l/") + name)->id);
  }
  void rotate() {
    for (int n = 3; n > 0; --n)
      REQUIRE(disk.rename("/l/app.log." + std::to_string(n), "/l/app.log." + std::to_string(n + 1))
                  .ok());
    REQUIRE(disk.rename("/l/app.log", "/l/app.log.1").ok());
    disk.put("/l/app.log", "new lines");
  }
  // Rotates in the middle of a look: when the nth file is looked at.
  void rotate_at(int nth) {
    disk.on_call([this, nth](const SimulatedDisk::Call& call) {
      if (rotated || call.op != SimulatedDisk::Op::kInfo || ++seen != nth) return;
      rotated = true;
      rotate();
    });
  }
  int seen = 0;
  bool rotated = false;
  SimulatedDisk disk;
  std::vector<FileId> ids;  // oldest first
};

TEST_CASE("a rotation that comes while we look hides no file") {
  for (int nth = 1; nth <= 16; ++nth) {
    CAPTURE(nth);
    Fixture f;
    auto known = f.disk.info("/l/app.log.3");
    REQUIRE(known.ok());
    f.rotate_at(nth);
    std::vector<FileId> found;
    for (const RotatedFile& file : rotated_after(f.disk, "/l/app.log", *known))
      found.push_back(file.info.id);
    f.disk.on_call({});
    // What is at the path is not among them: the last one only once it was rotated away.
    std::vector<FileId> expected(f.ids.begin() + 1, f.ids.end() - (f.rotated ? 0 : 1));
    CHECK(found == expected);
  }
}

TEST_CASE("a file is found by its mark while a rotation renames it") {
  for (int nth = 1; nth <= 16; ++nth) {
    CAPTURE(nth);
    Fixture f;
    FileMark mark;
    mark.id = f.ids[1];
    f.rotate_at(nth);
    auto file = open_marked(f.disk, "/l/app.log", mark);
    f.disk.on_call({});
    REQUIRE(file.ok());
    CHECK((*file)->info()->id == f.ids[1]);
  }
}

}  // namespace
}  // namespace ox
