#include "common/http/auth/words.h"

#include <doctest/doctest.h>

namespace ox {

TEST_CASE("words are what blanks and commas leave") {
  CHECK(words_of("").empty());
  CHECK(words_of(" \t\r\n").empty());
  CHECK(words_of(" a  bc\td\n") == std::vector<std::string_view>{"a", "bc", "d"});
  CHECK(words_of("a,b") == std::vector<std::string_view>{"a,b"});
  CHECK(words_of(",a,,b ,", ",") == std::vector<std::string_view>{"a", "b"});
}

TEST_CASE("only ASCII letters have a case") {
  CHECK(equal_ignoring_case("BaSiC", "bAsIc"));
  CHECK_FALSE(equal_ignoring_case("basic", "basi"));
  CHECK_FALSE(equal_ignoring_case("[", "{"));
  CHECK_FALSE(equal_ignoring_case("\xc3\x84", "\xc3\xa4"));
}

TEST_CASE("names in messages are harmless and short") {
  CHECK(quoted_name("bob") == "\"bob\"");
  CHECK(quoted_name("a\x1b[2J\n") == "\"a\\x1b[2J\\x0a\"");
  CHECK(quoted_name("\xff") == "\"\xef\xbf\xbd\"");
  CHECK(quoted_name(std::string(65, 'x')) == "\"" + std::string(64, 'x') + "...\"");
}

}  // namespace ox
