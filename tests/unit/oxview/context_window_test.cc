#include "oxview/context_window.h"

#include <vector>

#include <doctest/doctest.h>

namespace ox {
namespace {

// Lines "1", "2", ... of which those in `matches` match; "/" begins a new source. What is shown.
std::string context_of(std::size_t events, const std::string& lines, const std::string& matches) {
  ContextWindow window(events);
  std::string shown;
  for (char line : lines) {
    const std::string event(1, line);
    if (line == '/') {
      window.begin_source();
    } else if (matches.find(line) != std::string::npos) {
      std::deque<std::string> before;
      window.begin_match(before);
      if (window.take_gap()) shown += "-";
      for (const std::string& one : before) shown += one;
      shown += event;
    } else if (window.follows(event)) {
      shown += event;
    }
  }
  return shown;
}

}  // namespace

TEST_CASE("events before and behind a match are shown with it") {
  CHECK(context_of(2, "123456789", "5") == "34567");
  CHECK(context_of(2, "123456789", "1") == "123");
  CHECK(context_of(2, "123456789", "9") == "789");
  CHECK(context_of(9, "123456789", "5") == "123456789");
  CHECK(context_of(2, "123456789", "").empty());
}

TEST_CASE("matches near each other are one group, others are apart") {
  CHECK(context_of(1, "123456789", "25") == "123456");
  CHECK(context_of(1, "123456789", "26") == "123-567");
  CHECK(context_of(1, "123456789", "24") == "12345");
  CHECK(context_of(1, "123456789", "23") == "1234");
  CHECK(context_of(2, "123456789", "28") == "1234-6789");
  CHECK(context_of(2, "123456789", "26") == "12345678");
  CHECK(context_of(1, "123456789", "258") == "123456789");
}

TEST_CASE("what is of another source is no neighbour") {
  CHECK(context_of(2, "123/456", "3") == "123");
  CHECK(context_of(2, "123/456", "4") == "456");
  CHECK(context_of(2, "123/456", "34") == "123-456");
  CHECK(context_of(2, "/123", "2") == "123");
}

TEST_CASE("large events in front of a match are bounded by their bytes") {
  ContextWindow window(kMaxContextEvents);
  const std::string large(kMaxContextBytes / 4, 'x');
  for (int i = 0; i < 6; ++i) CHECK_FALSE(window.follows(large));
  std::deque<std::string> before;
  window.begin_match(before);
  CHECK(before.size() == 4);
}

}  // namespace ox
