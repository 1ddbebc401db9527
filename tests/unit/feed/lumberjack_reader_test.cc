#include "common/ingest/feed/lumberjack_reader.h"

#include <string>
#include <vector>

#include "tests/unit/feed/lumberjack_bytes.h"
#include "tests/unit/model/packed.h"

namespace ox {
namespace {

using namespace lumberjack_test;  // NOLINT(google-build-using-namespace)
using Got = LumberjackReader::Answer;

struct FramesRead {
  std::vector<std::string> frames;  // "W3", "J1 {...}", "D1 {...}"
  Status status;
  bool operator==(const FramesRead& other) const {
    return frames == other.frames && status.message() == other.status.message();
  }
};

// In pieces of `step` bytes.
FramesRead read_frames(const std::string& bytes, std::size_t step,
                       const LumberjackLimits& limits = {}) {
  LumberjackReader reader(limits);
  FramesRead out;
  std::string rest;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    rest += bytes.substr(at, step);
    std::string_view left = rest;
    LumberjackReader::Frame frame;
    Got got;
    while ((got = reader.next(left, frame)) != Got::kMore) {
      if (got == Got::kBroken) {
        out.status = reader.status();
        CHECK(reader.next(left, frame) == Got::kBroken);
        return out;
      }
      const std::string head = std::to_string(frame.number);
      if (got == Got::kWindow)
        out.frames.push_back("W" + head);
      else if (frame.pairs.empty())
        out.frames.push_back("J" + head + " " + std::string(frame.json));
      else
        out.frames.push_back("D" + head + " " + json_of(frame.pairs));
    }
    rest.erase(0, rest.size() - left.size());
  }
  CHECK(rest.empty());
  return out;
}

TEST_CASE("the frames of a window are read, plain and compressed") {
  const std::vector<std::string> expected = {"W1", R"(J1 {"message":"hi"})"};
  for (std::size_t step : {1U, 3U, 7U, 1000U}) {
    CHECK(read_frames(kPlain, step).frames == expected);
    CHECK(read_frames(kZipped, step).frames == expected);
  }
}

TEST_CASE("compressed frames may come among others, and be large") {
  std::string inside;
  std::vector<std::string> expected = {"W3002", "J1 {}"};
  for (std::size_t i = 2; i <= 3001; ++i) {
    const std::string json = R"({"n":)" + std::to_string(i) + "," + std::string(i % 97, ' ') + "}";
    inside += event(i, json);
    expected.push_back("J" + std::to_string(i) + " " + json);
  }
  expected.push_back("J3002 {}");
  const std::string bytes = window(3002) + event(1, "{}") + zipped(inside) + event(3002, "{}");
  for (std::size_t step : {1UL, 100UL, bytes.size()})
    CHECK(read_frames(bytes, step).frames == expected);
  const std::string long_one = R"({"text":")" + std::string(700'000, 'x') + "\"}";
  CHECK(read_frames(zipped(event(1, long_one)) + event(2, "{}"), 5000).frames ==
        std::vector<std::string>{"J1 " + long_one, "J2 {}"});
}

TEST_CASE("version 1 sends pairs") {
  auto text = [](std::string_view value) { return number(value.size()).append(value); };
  const std::string data = "1W" + number(1) + "1D" + number(1) + number(2) + text("line") +
                           text("hi") + text("host") + text("h");
  for (std::size_t step : {1U, 1000U})
    CHECK(read_frames(data, step).frames ==
          std::vector<std::string>{"W1", R"(D1 {"line": "hi", "host": "h"})"});
}

TEST_CASE("what is no frame, and what is over a limit, is broken") {
  LumberjackLimits limits;
  limits.window = 10;
  limits.event = 100;
  limits.inflated = 1000;
  auto code_of = [&](const std::string& bytes) {
    return read_frames(bytes, 1000, limits).status.code();
  };
  CHECK(code_of(window(10)) == Code::kOk);
  CHECK(code_of(window(11)) == Code::kTooLarge);
  CHECK(code_of("2J" + number(1) + number(101)) == Code::kTooLarge);
  CHECK(code_of("1D" + number(1) + number(1) + number(200)) == Code::kTooLarge);
  CHECK(code_of("1D" + number(1) + number(100'000)) == Code::kTooLarge);
  CHECK(code_of("GET / HTTP/1.1") == Code::kCorrupt);
  CHECK(code_of("2X" + number(1)) == Code::kCorrupt);
  CHECK(code_of(zipped(zipped(event(1, "{}")))) == Code::kCorrupt);
  CHECK(code_of(zipped("3J")) == Code::kCorrupt);
  CHECK(code_of(zipped(event(1, "{}") + "2J")) == Code::kCorrupt);
  CHECK(code_of("2C" + number(4) + "none") == Code::kCorrupt);
  std::string many;
  for (int i = 0; i < 200; ++i) many += event(1, "{}");
  CHECK(code_of(zipped(many)) == Code::kTooLarge);
  std::string cut = zipped(event(1, "{}"));
  cut[5] = static_cast<char>(cut[5] - 3);  // says that it ends before it does
  CHECK(code_of(cut.substr(0, cut.size() - 3)) == Code::kCorrupt);
}

}  // namespace
}  // namespace ox
