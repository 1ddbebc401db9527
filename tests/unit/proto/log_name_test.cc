#include "proto/log_name.h"

#include <set>

#include <doctest/doctest.h>

#include "common/base/civil_time.h"
#include "tests/unit/proto/vectors.h"

namespace ox {
namespace {

std::string_view name_of(Compression compression) {
  switch (compression) {
    case Compression::kNone:
      return "none";
    case Compression::kGzip:
      return "gzip";
    case Compression::kBzip2:
      return "bzip2";
    case Compression::kZstd:
      return "zstd";
  }
  return "";
}

void check_parsed(const VectorCase& v) {
  auto parsed = parse_log_file_name(v.text("file_name"));
  if (v.has("error")) {
    CHECK_FALSE(parsed.has_value());
    return;
  }
  REQUIRE(parsed.has_value());
  CHECK(parsed->type == v.text("type"));
  CHECK(format_iso_utc(parsed->start) == v.text("start"));
  CHECK(parsed->length == std::chrono::hours(v.uint("hours")));
  CHECK(parsed->host == v.text("host"));
  CHECK(name_of(parsed->compression) == v.text("compression"));
}

}  // namespace

TEST_CASE("log names of the golden vectors are made and read") {
  for (const VectorCase& v : read_vectors("log_name.txt")) {
    CAPTURE(v.label());
    if (v.has("file_name")) {
      check_parsed(v);
    } else if (v.has("path")) {
      WallTime t = Seconds(v.uint("seconds"));
      CHECK(log_file_path(v.text("type"), t, static_cast<int>(v.uint("rotate_hours"))) ==
            v.text("path"));
    } else {
      std::string type = v.text("type");
      CHECK(encode_type(type) == v.text("encoded"));
      if (v.text("encoded").size() < 200) CHECK(decode_type(v.text("encoded")) == type);
    }
  }
}

TEST_CASE("no type becomes more, or other, than one name in its directory") {
  std::set<std::string> names;
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      std::string type = {static_cast<char>(first), static_cast<char>(second)};
      std::string name = encode_type(type);
      CHECK(name.find('/') == std::string::npos);
      CHECK(name.find('\0') == std::string::npos);
      CHECK(name[0] != '.');
      CHECK(decode_type(name) == type);
      CHECK(names.insert(name).second);
    }
  }
}

TEST_CASE("types of any length get names that file systems take, and different ones") {
  std::set<std::string> names;
  for (std::size_t size = 1; size <= 255; ++size) {
    for (char c : {'x', '/'}) {
      std::string name = encode_type(std::string(size, c));
      CHECK(name.size() <= 200);
      CHECK(names.insert(name).second);
      std::string path = log_file_path(std::string(size, c), Seconds(0), 6) + ".zst";
      CHECK(path.substr(9).size() <= 255);
      CHECK(parse_log_file_name(path.substr(9)).has_value());
    }
  }
}

TEST_CASE("a path that was made is read back, for every rotation") {
  for (int rotate = 0; rotate <= 12; ++rotate) {
    for (std::int64_t hour = 0; hour < 48; ++hour) {
      WallTime t = Seconds(1'499'990'400 + hour * 3600 + 1799);
      std::string path = log_file_path("a-20150101.b", t, rotate);
      auto parsed = parse_log_file_name(path.substr(9));
      REQUIRE(parsed.has_value());
      CHECK(parsed->type == "a-20150101.b");
      CHECK(parsed->start == period_start(t, rotate));
      CHECK(parsed->start <= t);
      CHECK(t - parsed->start < std::chrono::hours(rotate == 0 ? 24 : rotate));
      CHECK(path.substr(0, 8) == format_date(t));
    }
  }
}

}  // namespace ox
