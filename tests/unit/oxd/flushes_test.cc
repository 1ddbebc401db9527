#include "oxd/flushes.h"

#include <doctest/doctest.h>

namespace ox {
namespace {

// A node whose progress the test decides.
struct FlushesFixture {
  FlushesFixture() {
    Flushes::Node node;
    node.flush_collect = [this](std::function<void()> done) {
      if (collects) done();
    };
    node.intake_idle = [this] { return idle; };
    node.end = [this] { return end; };
    node.hurry = [this] { ++hurried; };
    node.written = [this] { return written; };
    node.forwarded = [this] { return forwarded; };
    flushes = std::make_unique<Flushes>(loop, clock, std::move(node));
  }
  void add() {
    flushes->add([this](const Status& status) { answers.push_back(status); });
  }
  // Rounds of the loop, until `condition` or so long that nothing more is to be expected.
  template <typename Condition>
  bool rounds_until(Condition condition) {
    for (int n = 0; n < 500 && !condition(); ++n) loop.run_once(Millis(10));
    return condition();
  }
  bool answered(std::size_t count) {
    return rounds_until([&] { return answers.size() >= count; });
  }
  // Several looks at the node without an answer.
  bool still_waits() {
    for (int n = 0; n < 10; ++n) loop.run_once(Millis(10));
    return answers.empty();
  }

  EventLoop loop;
  FakeClock clock;
  bool collects = true;
  bool idle = true;
  Position end = 100;
  Position written = 100;
  Position forwarded = 100;
  int hurried = 0;
  std::vector<Status> answers;
  std::unique_ptr<Flushes> flushes;
};

TEST_CASE_FIXTURE(FlushesFixture, "a flush of a node that has nothing to do is done") {
  add();
  REQUIRE(answered(1));
  CHECK(answers[0].ok());
  CHECK(hurried == 1);
}

TEST_CASE_FIXTURE(FlushesFixture, "a flush waits for the files and for the next nodes") {
  written = forwarded = 50;
  add();
  REQUIRE(rounds_until([&] { return hurried == 1; }));
  written = 100;
  CHECK(still_waits());
  forwarded = 100;
  CHECK(answered(1));
}

TEST_CASE_FIXTURE(FlushesFixture, "a flush of the files waits for no next node") {
  forwarded = 0;
  written = 50;
  flushes->add([this](Status status) { answers.push_back(std::move(status)); },
               Flushes::What::kFiles);
  CHECK(still_waits());
  written = 100;
  CHECK(answered(1));
}

TEST_CASE_FIXTURE(FlushesFixture, "what comes after the flush is not waited for") {
  written = 50;
  add();
  REQUIRE(rounds_until([&] { return hurried == 1; }));
  end = 1000;
  written = 100;
  REQUIRE(answered(1));
  CHECK(answers[0].ok());
}

TEST_CASE_FIXTURE(FlushesFixture, "what the intake has not stored yet is waited for") {
  idle = false;
  add();
  CHECK(still_waits());
  end = 200;
  idle = true;
  CHECK(still_waits());
  written = forwarded = 200;
  CHECK(answered(1));
}

TEST_CASE_FIXTURE(FlushesFixture, "a flush that lasts too long says what lags") {
  SUBCASE("the intake") { idle = false; }
  SUBCASE("the files") { written = 0; }
  SUBCASE("the next node") { forwarded = 0; }
  add();
  CHECK(still_waits());
  clock.advance(Flushes::kPatience);
  REQUIRE(answered(1));
  CHECK(answers[0].code() == Code::kUnavailable);
  const char* what = !idle ? "taken in" : written == 0 ? "written" : "forwarded";
  CHECK(answers[0].message().find(what) != std::string::npos);
}

TEST_CASE_FIXTURE(FlushesFixture,
                  "every flush has its own answer, and a stop answers those that wait") {
  written = 50;
  add();
  add();
  REQUIRE(rounds_until([&] { return hurried == 2; }));
  flushes->stop();
  REQUIRE(answers.size() == 2);
  CHECK(answers[0].code() == Code::kUnavailable);
  CHECK(still_waits() == false);
}

}  // namespace
}  // namespace ox
