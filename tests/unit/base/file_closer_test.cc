#include "common/base/file_closer.h"

#include <future>
#include <memory>

#include <doctest/doctest.h>

#include "tests/unit/base/slow_file.h"

namespace ox {
TEST_CASE("who hands in a file does not wait for its end, and who wants its space can") {
  Closings closings;
  FileCloser closer;
  CHECK_FALSE(closer.finish());
  closer.close_later(std::make_unique<SlowFile>(closings));
  closer.close_later(std::make_unique<SlowFile>(closings));
  CHECK(closings.done == 0);
  auto finished = std::async(std::launch::async, [&] { (void)closer.finish(); });
  closings.may_close.set_value();
  finished.get();
  CHECK(closings.done == 2);
  CHECK_FALSE(closings.by_caller);
  CHECK_FALSE(closer.finish());
}

TEST_CASE("what was handed in is closed when the closer ends") {
  Closings closings;
  {
    FileCloser closer;
    for (int i = 0; i < 5; ++i) closer.close_later(std::make_unique<SlowFile>(closings));
    closings.may_close.set_value();
  }
  CHECK(closings.done == 5);
}

}  // namespace ox
