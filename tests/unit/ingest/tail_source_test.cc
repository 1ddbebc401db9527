// Followed files on an event loop, with inotify and without.
#include "common/ingest/tail_source.h"

#include <sys/inotify.h>

#include "tests/unit/ingest/tail_fixture.h"

namespace ox {
namespace {

struct SourceFixture : TailFixture {
  std::unique_ptr<TailSource> make_source(FileWatcher& with) {
    TailOptions options;
    options.host = "web-1";
    options.poll_interval = interval;
    return std::make_unique<TailSource>(loop, FileSystem::real(), Clock::system(), with, sink,
                                        options);
  }
  void add(TailSource& source, const std::string& name) {
    auto number = source.add(FileSpec{name, dir / name});
    REQUIRE_MESSAGE(number.ok(), number.status().message());
  }
  // Runs the loop until `done`, ten seconds at most.
  template <typename Condition>
  bool run_until(Condition done) {
    MonoTime deadline = Clock::system().mono() + Seconds(60);
    while (!done()) {
      if (Clock::system().mono() > deadline) return false;
      loop.run_once(Millis(100));
    }
    return true;
  }
  bool run_until_lines(std::size_t count) {
    return run_until([&] { return sink.events.size() >= count; });
  }

  EventLoop loop;
  // Long, so that only inotify can be what brings a line in time.
  Micros interval = Seconds(3600);
};

struct InotifyFixture : SourceFixture {
  InotifyFixture() : inotify(FileWatcher::make()) { REQUIRE(inotify->fd() >= 0); }
  std::unique_ptr<FileWatcher> inotify;
};

TEST_CASE_FIXTURE(InotifyFixture, "inotify brings new lines of several files") {
  append("a.log", "");
  append("b.log", "");
  auto source = make_source(*inotify);
  add(*source, "a.log");
  add(*source, "b.log");
  source->start();
  append("a.log", "one\n");
  REQUIRE(run_until_lines(1));
  append("b.log", "two\n");
  REQUIRE(run_until_lines(2));
  append("a.log", "three\n");
  REQUIRE(run_until_lines(3));
  CHECK(sink.lines() == Lines{"one", "two", "three"});
  CHECK(sink.events[0].source == 0);
  CHECK(sink.events[1].source == 1);
  CHECK(sink.events[1].type == "b.log");
  CHECK(sink.dry > 0);
}

TEST_CASE_FIXTURE(InotifyFixture, "inotify notices rotation, and the new file's lines") {
  append("a.log", "");
  auto source = make_source(*inotify);
  add(*source, "a.log");
  source->start();
  for (int i = 1; i < 4; ++i) {
    rename("a.log", "a.log." + std::to_string(i));
    append("a.log", "new " + std::to_string(i) + "\n");
    REQUIRE(run_until_lines(static_cast<std::size_t>(2 * i - 1)));
    append("a.log", "more " + std::to_string(i) + "\n");
    REQUIRE(run_until_lines(static_cast<std::size_t>(2 * i)));
  }
  CHECK(sink.lines() == Lines{"new 1", "more 1", "new 2", "more 2", "new 3", "more 3"});
}

TEST_CASE_FIXTURE(InotifyFixture, "inotify notices truncation and deletion") {
  append("a.log", "something\n");
  auto source = make_source(*inotify);
  add(*source, "a.log");
  source->start();
  overwrite("a.log", "one\n");
  REQUIRE(run_until_lines(1));
  remove("a.log");
  append("a.log", "two\n");
  REQUIRE(run_until_lines(2));
  CHECK(sink.lines() == Lines{"one", "two"});
}

TEST_CASE_FIXTURE(InotifyFixture, "rotation behind a symbolic link is noticed") {
  boost::filesystem::create_directory(dir / "real");
  append("real/0.log", "");
  boost::filesystem::create_symlink("real/0.log", dir / "a.log");
  auto source = make_source(*inotify);
  add(*source, "a.log");
  source->start();
  rename("real/0.log", "real/0.log.20240131-100000");
  append("real/0.log", "new\n");
  REQUIRE(run_until_lines(1));
  CHECK(sink.lines() == Lines{"new"});
}

TEST_CASE_FIXTURE(SourceFixture, "without inotify polling finds it all") {
  interval = Millis(1);
  append("a.log", "");
  auto source = make_source(watcher);
  add(*source, "a.log");
  source->start();
  append("a.log", "one\n");
  REQUIRE(run_until_lines(1));
  rename("a.log", "a.log.1");
  append("a.log", "two\n");
  REQUIRE(run_until_lines(2));
  CHECK(sink.lines() == Lines{"one", "two"});
}

TEST_CASE_FIXTURE(InotifyFixture, "a full sink pauses reading until resume()") {
  append("a.log", "");
  append("b.log", "");
  auto source = make_source(*inotify);
  add(*source, "a.log");
  add(*source, "b.log");
  source->start();
  sink.room = 1;
  append("a.log", "1\n2\n3\n");
  append("b.log", "4\n5\n");
  REQUIRE(run_until([&] { return sink.offers >= 2; }));
  int offers = sink.offers;
  append("a.log", "6\n");
  for (int i = 0; i < 5; ++i) loop.run_once(Micros(0));
  CHECK(sink.offers == offers);
  sink.room = 100;
  source->resume();
  REQUIRE(run_until_lines(6));
  Lines got = sink.lines();
  std::sort(got.begin(), got.end());
  CHECK(got == Lines{"1", "2", "3", "4", "5", "6"});
}

TEST_CASE_FIXTURE(SourceFixture,
                  "rotation while the sink is full is noticed, and no file is lost") {
  interval = Millis(1);
  append("a.log", "");
  auto source = make_source(watcher);
  add(*source, "a.log");
  source->start();
  sink.room = 0;
  append("a.log", "one\n");
  REQUIRE(run_until([&] { return sink.offers > 0; }));
  for (std::size_t i = 2; i <= 3; ++i) {
    remove("a.log");
    append("a.log", std::to_string(i) + "\n");
    REQUIRE(run_until([&] { return source->tails()[0]->position().marks.size() == i; }));
  }
  sink.room = 100;
  source->resume();
  REQUIRE(run_until_lines(3));
  CHECK(sink.lines() == Lines{"one", "2", "3"});
}

TEST_CASE_FIXTURE(InotifyFixture, "stop() takes a last look, then the source is finished") {
  append("a.log", "");
  auto source = make_source(*inotify);
  add(*source, "a.log");
  source->start();
  append("a.log", "one\nhalf");
  source->stop();
  REQUIRE(run_until([&] { return source->finished(); }));
  CHECK(sink.lines() == Lines{"one"});
  CHECK(source->tails()[0]->position().marks[0].offset == 4);
}

TEST_CASE_FIXTURE(InotifyFixture, "stop() with a full sink finishes when there is room") {
  append("a.log", "");
  auto source = make_source(*inotify);
  add(*source, "a.log");
  source->start();
  sink.room = 0;
  append("a.log", "one\n");
  REQUIRE(run_until([&] { return sink.offers > 0; }));
  source->stop();
  for (int i = 0; i < 5; ++i) loop.run_once(Micros(0));
  CHECK(!source->finished());
  sink.room = 10;
  source->resume();
  REQUIRE(run_until([&] { return source->finished(); }));
  CHECK(sink.lines() == Lines{"one"});
}

TEST_CASE_FIXTURE(SourceFixture,
                  "a file that cannot be followed is an error before anything starts") {
  auto source = make_source(watcher);
  CHECK(source->add(FileSpec{"t", dir / "none"}).status().code() == Code::kNotFound);
  CHECK(source->tails().empty());
}

TEST_CASE_FIXTURE(
    InotifyFixture,
    "one file watched for two sources wakes both, and unwatching one leaves the other") {
  append("a.log", "");
  auto first = inotify->watch_file(dir / "a.log", 1);
  auto second = inotify->watch_file(dir / "a.log", 2);
  CHECK(first == second);
  append("a.log", "x");
  CHECK(inotify->take() == std::vector<SourceNumber>{1, 2});
  inotify->unwatch(first, 1);
  append("a.log", "x");
  CHECK(inotify->take() == std::vector<SourceNumber>{2});
  inotify->unwatch(second, 2);
  append("a.log", "x");
  CHECK(inotify->take().empty());
}

TEST_CASE_FIXTURE(InotifyFixture, "only the name asked for wakes a source") {
  inotify->watch_name(dir.path(), "a.log", 1);
  append("b.log", "x");
  CHECK(inotify->take().empty());
  append("a.log", "x");
  CHECK(inotify->take() == std::vector<SourceNumber>{1});
  CHECK(inotify->watch_file(dir / "none", 1) == FileWatcher::kNone);
}

}  // namespace
}  // namespace ox
