#include "common/base/suggest.h"

#include <doctest/doctest.h>

namespace ox {

TEST_CASE("the nearest word is suggested, and none when all are far") {
  const std::vector<std::string> words = {"collect", "control", "forward", "log-path",
                                          "spool-memory"};
  CHECK(nearest("colect", words) == "collect");
  CHECK(nearest("colletc", words) == "collect");
  CHECK(nearest("contol", words) == "control");
  CHECK(nearest("logpath", words) == "log-path");
  CHECK(nearest("spool-mem", words) == "spool-memory");
  CHECK(nearest("forward", words) == "forward");
  CHECK(nearest("zebra", words) == "");
  CHECK(nearest("collect", {}) == "");
}

}  // namespace ox
