#include "oxd/stream/subscriptions.h"

#include <doctest/doctest.h>

namespace ox {
namespace {

std::string subscribe(const std::string& prefix) { return std::string(1, '\1') + prefix; }
std::string unsubscribe(const std::string& prefix) { return std::string(1, '\0') + prefix; }

TEST_CASE("nothing matches without a subscription") {
  Subscriptions subscriptions;
  CHECK_FALSE(subscriptions.match("type"));
  CHECK_FALSE(subscriptions.match(""));
}

TEST_CASE("a subscription matches types that begin with it") {
  Subscriptions subscriptions;
  subscriptions.take(subscribe("web."));
  CHECK(subscriptions.match("web."));
  CHECK(subscriptions.match("web.request"));
  CHECK_FALSE(subscriptions.match("web"));
  CHECK_FALSE(subscriptions.match("my web."));
}

TEST_CASE("the empty subscription matches everything") {
  Subscriptions subscriptions;
  subscriptions.take(subscribe(""));
  CHECK(subscriptions.match(""));
  CHECK(subscriptions.match("anything"));
}

TEST_CASE("a prefix counts until the last peer that wanted it has gone") {
  Subscriptions subscriptions;
  subscriptions.take(subscribe("a"));
  subscriptions.take(subscribe("a"));
  CHECK(subscriptions.count() == 2);
  subscriptions.take(unsubscribe("a"));
  CHECK(subscriptions.match("abc"));
  subscriptions.take(unsubscribe("a"));
  CHECK_FALSE(subscriptions.match("abc"));
  CHECK(subscriptions.count() == 0);
}

TEST_CASE("messages that are no subscriptions, and ends of none, change nothing") {
  Subscriptions subscriptions;
  subscriptions.take("");
  subscriptions.take("hello");
  subscriptions.take(unsubscribe("never"));
  CHECK(subscriptions.count() == 0);
  CHECK_FALSE(subscriptions.match("hello"));
}

TEST_CASE("prefixes are bytes") {
  Subscriptions subscriptions;
  subscriptions.take(subscribe(std::string("\xff\0x", 3)));
  CHECK(subscriptions.match(std::string("\xff\0xy", 4)));
  CHECK_FALSE(subscriptions.match("\xff"));
}

}  // namespace
}  // namespace ox
