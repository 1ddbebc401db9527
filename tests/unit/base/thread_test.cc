#include "common/base/thread.h"

#include <array>
#include <string>

#include <doctest/doctest.h>
#include <pthread.h>

namespace ox {

TEST_CASE("a thread has its name before its work begins") {
  std::array<char, 16> name{};
  start_thread("fifteen letters", [&] {
    REQUIRE(::pthread_getname_np(::pthread_self(), name.data(), name.size()) == 0);
  }).join();
  CHECK(std::string(name.data()) == "fifteen letters");
}

}  // namespace ox
