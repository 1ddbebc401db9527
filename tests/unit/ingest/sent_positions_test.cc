#include "oxingest/sent_positions.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/simulated_disk.h"

namespace ox {
namespace {

struct SentFixture {
  SentFixture() {
    options.files = {{"a", "/log/a"}, {"b", "/log/b"}};
    options.state_dir = "/state";
    options.v3 = true;
    for (const char* path : {"/log/a", "/log/b"}) disk.put(path, "old\n");
    open();
  }
  void open() {
    positions.reset();
    state = {};
    auto opened = IngestState::open(disk, options, Clock::system());
    REQUIRE(opened.ok());
    state = std::move(*opened);
    positions.emplace(state);
  }
  void take(SourceNumber source, std::uint64_t offset) {
    FilePosition position{options.files[source].path, {{{1, 2}, offset, false, {}}}};
    std::string encoded = position.encode();
    positions->taken({"t", "h", 1.0, "body", source, encoded});
  }
  // What is recorded for a file; 0 when nothing is.
  std::uint64_t recorded(SourceNumber source) {
    open();
    const auto& position = state.journals[source]->recovered_position();
    return position ? position->marks[0].offset : 0;
  }

  SimulatedDisk disk;
  IngestOptions options;
  IngestState state;
  std::optional<SentPositions> positions;
};

TEST_CASE_FIXTURE(SentFixture, "a position counts when the events in front of it must have left") {
  for (std::uint64_t n = 1; n <= 1000; ++n) take(0, n);
  REQUIRE(positions->record(1000, false).ok());
  std::uint64_t safe = recorded(0);
  CHECK(safe > 500);
  CHECK(safe <= 1000 - SentPositions::kInDoubt);
}

TEST_CASE_FIXTURE(SentFixture, "a few events alone are in doubt until all have left") {
  for (std::uint64_t n = 1; n <= 10; ++n) take(n % 2, n);
  REQUIRE(positions->record(10, false).ok());
  REQUIRE(positions->record(10, true).ok());
  CHECK(recorded(0) == 10);
  CHECK(recorded(1) == 9);
}

TEST_CASE_FIXTURE(SentFixture, "what was not handed over does not count, all or not") {
  for (std::uint64_t n = 1; n <= 1000; ++n) take(0, n);
  REQUIRE(positions->record(300, true).ok());
  std::uint64_t safe = recorded(0);
  CHECK(safe > 200);
  CHECK(safe <= 300);
}

}  // namespace
}  // namespace ox
