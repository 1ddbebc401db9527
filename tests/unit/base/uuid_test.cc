#include "common/base/uuid.h"

#include <set>

#include <doctest/doctest.h>

namespace ox {

TEST_CASE("a UUID is read in either case and printed in lower case") {
  auto id = Uuid::parse("01234567-89AB-4def-8123-456789abcdef");
  REQUIRE(id.ok());
  CHECK(id->to_string() == "01234567-89ab-4def-8123-456789abcdef");
  CHECK(id->view() == std::string_view("\x01\x23\x45\x67\x89\xab\x4d\xef"
                                       "\x81\x23\x45\x67\x89\xab\xcd\xef",
                                       16));
  CHECK(Uuid::from_bytes(id->view()) == *id);
  CHECK_FALSE(id->is_nil());
  CHECK(Uuid{}.is_nil());
  CHECK(Uuid{}.to_string() == "00000000-0000-0000-0000-000000000000");
}

TEST_CASE("what is no UUID is refused") {
  for (const char* text :
       {"", "0123456789ab4def8123456789abcdef", "01234567-89ab-4def-8123-456789abcde",
        "01234567-89ab-4def-8123-456789abcdef0", "01234567x89ab-4def-8123-456789abcdef",
        "0123456g-89ab-4def-8123-456789abcdef"}) {
    CAPTURE(text);
    CHECK_FALSE(Uuid::parse(text).ok());
  }
}

TEST_CASE("random UUIDs are of version 4 and differ") {
  std::set<Uuid> seen;
  for (int i = 0; i < 1000; ++i) {
    Uuid id = Uuid::random();
    std::string text = id.to_string();
    CHECK(text[14] == '4');
    CHECK(std::string_view("89ab").find(text[19]) != std::string_view::npos);
    CHECK(seen.insert(id).second);
  }
}

TEST_CASE("a derived id is version 5 of RFC 4122") {
  // The example that Python's uuid.uuid5(uuid.NAMESPACE_DNS, "python.org") gives.
  auto dns = Uuid::parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  REQUIRE(dns.ok());
  CHECK(Uuid::derived(*dns, "python.org").to_string() == "886313e1-3b8a-5372-9b90-0c9aee199e5d");
  CHECK(Uuid::derived(*dns, "0") != Uuid::derived(*dns, "1"));
}

}  // namespace ox
