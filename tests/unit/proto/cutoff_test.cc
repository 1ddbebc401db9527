#include "proto/cutoff.h"

#include <cmath>

#include <doctest/doctest.h>

#include "proto/control.h"
#include "proto/event_view.h"

namespace ox {
namespace {

using TestPacker = msgpack::packer<msgpack::sbuffer>;

std::string cutoff_event(double end, const std::string& name, int level, const std::string& id) {
  msgpack::sbuffer buffer;
  TestPacker packer(buffer);
  packer.pack_map(4);
  packer.pack("id").pack(id).pack("type").pack("logger").pack("end").pack(end);
  packer.pack("body").pack_map(2);
  packer.pack("name").pack(name).pack("level").pack(level);
  return {buffer.data(), buffer.size()};
}

CutoffScope scope_of(const std::string& types) {
  CutoffScope scope;
  scope.types = TypePattern::parse(types).value();
  return scope;
}

bool means(const CutoffScope& scope, const std::string& event) {
  return scope.fits_but_type(EventSlices::of(event));
}

Result<CutoffRequest> decoded_request(const std::string& bytes) {
  auto request = ControlRequest::decode(bytes);
  REQUIRE(request.ok());
  return decode_cutoff_request(request->map());
}

template <typename F>
Result<CutoffRequest> request_with(F add, std::uint32_t keys) {
  msgpack::sbuffer buffer;
  TestPacker packer(buffer);
  packer.pack_map(keys + 2);
  packer.pack("cmd").pack("CUT_OFF").pack("types").pack("a*");
  add(packer);
  return decoded_request({buffer.data(), buffer.size()});
}

}  // namespace

TEST_CASE("a scope means events of before a time, some names, and a level or above") {
  CutoffScope scope = scope_of("logger");
  const std::string event = cutoff_event(10, "web", 40, "web:20200101T000000.000000Z:0");
  CHECK(means(scope, event));
  scope.before = 10;
  CHECK_FALSE(means(scope, event));
  scope.before = 10.5;
  CHECK(means(scope, event));
  scope.names = {"db", "web"};
  CHECK(means(scope, event));
  scope.names = {"we"};
  CHECK_FALSE(means(scope, event));
  scope.names.clear();
  scope.min_level = 40;
  CHECK(means(scope, event));
  scope.min_level = 41;
  CHECK_FALSE(means(scope, event));
}

TEST_CASE("what has no time is before none, and what has no level has level 0") {
  CutoffScope scope = scope_of("*");
  const std::string bare =
      "\x81\xa1"
      "a\x01";
  CHECK(means(scope, bare));
  scope.min_level = 0;
  CHECK(means(scope, bare));
  scope.min_level = 1;
  CHECK_FALSE(means(scope, bare));
  scope.min_level.reset();
  scope.before = 1e18;
  CHECK_FALSE(means(scope, bare));
  CHECK_FALSE(means(scope, cutoff_event(std::nan(""), "a", 1, "a:1")));
  CHECK_FALSE(means(scope, "\xc1"));
}

TEST_CASE("Logger's events are known by their ids") {
  CutoffScope scope = scope_of("*");
  scope.logger_ids = true;
  CHECK(means(scope, cutoff_event(1, "web", 40, "web:20200101T000000.000000Z:0")));
  for (const char* id : {"", "web", "webx:1", "db:1"})
    CHECK_FALSE(means(scope, cutoff_event(1, "web", 40, id)));
}

TEST_CASE("a scope contains what is narrower in everything") {
  CutoffScope outer = scope_of("app.*");
  CutoffScope inner = scope_of("app.db*");
  CHECK(outer.contains(inner));
  CHECK_FALSE(inner.contains(outer));
  CHECK(outer.contains(scope_of("app.x")));
  CHECK_FALSE(outer.contains(scope_of("app")));
  CHECK_FALSE(scope_of("app.db").contains(inner));
  outer.before = 5;
  CHECK_FALSE(outer.contains(inner));
  inner.before = 5;
  CHECK(outer.contains(inner));
  inner.before = 6;
  CHECK_FALSE(outer.contains(inner));
  inner.before = 4;
  inner.names = {"a"};
  inner.min_level = 10;
  inner.logger_ids = true;
  CHECK(outer.contains(inner));
  outer.names = {"a", "b"};
  outer.min_level = 5;
  outer.logger_ids = true;
  CHECK(outer.contains(inner));
  inner.names = {"a", "c"};
  CHECK_FALSE(outer.contains(inner));
  inner.names.clear();
  CHECK_FALSE(outer.contains(inner));
}

TEST_CASE("requests and replies come back as they were") {
  CutoffRequest request;
  request.scope = scope_of("logger*");
  CHECK(decoded_request(encode_cutoff_request(request))->scope == request.scope);
  request.scope.before = -1.5;
  request.scope.names = {"a", "b"};
  request.scope.min_level = -3;
  request.scope.logger_ids = true;
  request.count = false;
  auto back = decoded_request(encode_cutoff_request(request));
  REQUIRE(back.ok());
  CHECK(back->scope == request.scope);
  CHECK_FALSE(back->count);

  for (CutoffReply reply : {CutoffReply{7, false, ""}, CutoffReply{std::nullopt, false, ""},
                            CutoffReply{std::nullopt, true, "no files"}}) {
    const std::string bytes = encode_cutoff_reply(reply);
    auto map = Decoded::decode(bytes);
    auto told = decode_cutoff_reply(map->root());
    REQUIRE(told.ok());
    CHECK(told->hidden == reply.hidden);
    CHECK(told->unsupported == reply.unsupported);
    CHECK(told->error == reply.error);
  }
}

TEST_CASE("a request that means something else is refused by name") {
  auto wrong = [](const Result<CutoffRequest>& request, const char* key) {
    CHECK(request.status().code() == Code::kInvalid);
    CHECK(request.status().message().find(key) != std::string::npos);
  };
  wrong(request_with([](TestPacker& p) { p.pack("before").pack("soon"); }, 1), "before");
  wrong(request_with([](TestPacker& p) { p.pack("before").pack(std::nan("")); }, 1), "before");
  wrong(request_with([](TestPacker& p) { p.pack("names").pack("a"); }, 1), "names");
  wrong(request_with([](TestPacker& p) { p.pack("names").pack_array(1).pack(3); }, 1), "names");
  wrong(request_with([](TestPacker& p) { p.pack("level").pack(1.5); }, 1), "level");
  wrong(request_with([](TestPacker& p) { p.pack("logger_ids").pack(1); }, 1), "logger_ids");
  wrong(request_with([](TestPacker& p) { p.pack("count").pack("no"); }, 1), "count");
  CHECK(request_with([](TestPacker&) {}, 0).ok());
  wrong(decoded_request(encode_control_request("CUT_OFF")), "types");
}

TEST_CASE("a node of an older version does not know cut-offs, and other replies are none") {
  auto told_by = [](const std::string& bytes) {
    auto map = Decoded::decode(bytes);
    return decode_cutoff_reply(map->root());
  };
  CHECK(told_by(encode_control_error("Unknown Command"))->unsupported);
  CHECK_FALSE(told_by(encode_control_error("CUT_OFF: full"))->unsupported);
  CHECK(told_by("\x80").status().code() == Code::kCorrupt);
}

}  // namespace ox
