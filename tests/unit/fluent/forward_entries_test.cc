#include "common/ingest/fluent/forward_entries.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <zlib.h>

#include "tests/unit/fluent/forward_bytes.h"

namespace ox {
namespace {

using namespace forward_test;  // NOLINT(google-build-using-namespace)
using Walk = ForwardEntries::Answer;

// One member.
std::string gzip_member(std::string_view text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

struct Walked {
  std::vector<std::string> records;  // JSON
  std::vector<double> times;         // 0: none
  std::size_t invalid = 0;
  Status status;
};

Walked walk(const ForwardMessage& message, const ForwardLimits& limits = {}) {
  ForwardEntries entries(message, limits);
  ForwardEntries::Entry entry;
  Walked out;
  while (true) {
    switch (entries.next(entry)) {
      case Walk::kEntry:
        out.records.push_back(json_of(entry.record.bytes()));
        out.times.push_back(entry.time.at ? entry.time.at->seconds : 0);
        break;
      case Walk::kInvalid:
        ++out.invalid;
        break;
      case Walk::kBroken:
        out.status = entries.status();
        CHECK(entries.next(entry) == Walk::kBroken);
        return out;
      case Walk::kEnd:
        CHECK(entries.next(entry) == Walk::kEnd);
        return out;
    }
  }
}

Walked walk(const std::string& message) {
  auto parsed = ForwardMessage::parse(RawValue(message));
  REQUIRE(parsed.ok());
  return walk(*parsed);
}

ForwardMessage packed_message(std::string_view bytes, ForwardMessage::Compression compression) {
  ForwardMessage message;
  message.mode = ForwardMessage::Mode::kPacked;
  message.packed = bytes;
  message.compression = compression;
  return message;
}

const std::vector<std::string> kBoth = {R"({"message": "a"})", R"({"message": "b"})"};
const std::vector<double> kBothTimes = {1500000000, 1500000000.25};

TEST_CASE("the entries of all four modes are the same") {
  Walked one = walk(kMessage);
  CHECK(one.records == std::vector<std::string>{R"({"message": "hi"})"});
  CHECK(one.times == std::vector<double>{1500000000});
  CHECK(walk(kEventTime).times == std::vector<double>{1500000000.25});
  for (const std::string& message :
       {kPacked, kGzip,
        packed(R"(["t", [[1500000000, {"message": "a"}], [1500000000.25, {"message": "b"}]]])")}) {
    Walked both = walk(message);
    CHECK(both.records == kBoth);
    CHECK(both.times == kBothTimes);
    CHECK(both.status.ok());
  }
}

TEST_CASE("an entry that is none is skipped, and the rest is kept") {
  const std::string good = entry(5, R"({"n": 1})");
  const std::string bad = packed("7") + packed("[]") + packed("[1]") + packed(R"([1, "no map"])") +
                          packed(R"(["x", {}])") + packed(R"([1, {}, 2])");
  Walked walked = walk(packed_forward("t", bad + good + bad + good, ""));
  CHECK(walked.records == std::vector<std::string>{R"({"n": 1})", R"({"n": 1})"});
  CHECK(walked.invalid == 12);
  Walked forward = walk(packed(R"(["t", [7, [], [1, {"n": 1}], ["x", {}]]])"));
  CHECK(forward.records.size() == 1);
  CHECK(forward.invalid == 3);
  CHECK(walk(packed(R"(["t", 1, "no map"])")).invalid == 1);
}

TEST_CASE("entries without a time come with none") {
  Walked walked = walk(packed(R"(["t", [[0, {"n": 1}], [null, {"n": 2}]]])"));
  CHECK(walked.records.size() == 2);
  CHECK(walked.times == std::vector<double>{0, 0});
}

TEST_CASE("packed entries that end inside one, or are no MessagePack, are broken there") {
  const std::string good = entry(5, R"({"n": "text"})");
  for (std::size_t size = 1; size < good.size(); ++size) {
    CAPTURE(size);
    const std::string bytes = good + good.substr(0, size);
    Walked walked = walk(packed_message(bytes, ForwardMessage::Compression::kNone));
    CHECK(walked.records.size() == 1);
    CHECK(walked.status.code() == Code::kCorrupt);
  }
  Walked walked = walk(packed_message(good + "\xc1", ForwardMessage::Compression::kNone));
  CHECK(walked.records.size() == 1);
  CHECK(walked.status.code() == Code::kCorrupt);
}

TEST_CASE("a record that nests too deeply is broken, not followed") {
  std::string deep = std::string(
                         "\x92\xce\x00\x00\x00\x05\x81\xa1"
                         "d",
                         9) +
                     std::string(kMaxEventDepth, '\x91') + "\x01";
  Walked walked = walk(packed_message(deep, ForwardMessage::Compression::kNone));
  CHECK(walked.status.code() == Code::kTooLarge);
}

TEST_CASE("gzip may have many members, cut anywhere") {
  std::string entries;
  std::vector<std::string> expected;
  for (int i = 0; i < 3000; ++i) {
    const std::string record = R"({"n": )" + std::to_string(i) + R"(, "text": "some words"})";
    expected.push_back(record);
    entries += entry(5, record);
  }
  const std::string_view all = entries;
  const std::string members =
      gzip_member(all.substr(0, 1001)) + gzip_member("") + gzip_member(all.substr(1001));
  Walked walked = walk(packed_message(members, ForwardMessage::Compression::kGzip));
  CHECK(walked.status.ok());
  CHECK(walked.records == expected);

  Walked cut = walk(packed_message(std::string_view(members).substr(0, members.size() - 9),
                                   ForwardMessage::Compression::kGzip));
  CHECK(cut.status.code() == Code::kCorrupt);
  CHECK(walk(packed_message("no gzip", ForwardMessage::Compression::kGzip)).status.code() ==
        Code::kCorrupt);
}

TEST_CASE("an entry longer than a piece of what is unpacked is put together") {
  const std::string record = R"({"text": ")" + std::string(500'000, 'x') + R"("})";
  const std::string member = gzip_member(entry(5, record) + entry(6, R"({"n": 1})"));
  Walked walked = walk(packed_message(member, ForwardMessage::Compression::kGzip));
  CHECK(walked.records == std::vector<std::string>{record, R"({"n": 1})"});
}

TEST_CASE("what unpacks to more than the limit is broken") {
  std::string entries;
  for (int i = 0; i < 20'000; ++i) entries += entry(5, R"({"n": "some text"})");
  const std::string member = gzip_member(entries);
  ForwardLimits limits;
  limits.inflated = 200'000;
  Walked walked = walk(packed_message(member, ForwardMessage::Compression::kGzip), limits);
  CHECK(walked.status.code() == Code::kTooLarge);
  const std::string bomb = gzip_member(std::string(40 << 20, '\x91'));
  CHECK(walk(packed_message(bomb, ForwardMessage::Compression::kGzip)).status.code() ==
        Code::kTooLarge);
}

TEST_CASE("a message whose bytes are moved is walked on") {
  for (const std::string& original : {kPacked, kGzip}) {
    std::string here = original;
    auto message = ForwardMessage::parse(RawValue(here));
    REQUIRE(message.ok());
    ForwardEntries entries(*message);
    ForwardEntries::Entry entry;
    REQUIRE(entries.next(entry) == Walk::kEntry);
    std::string there = here;
    entries.moved(here.data(), there.data());
    here.assign(here.size(), '\xc1');
    REQUIRE(entries.next(entry) == Walk::kEntry);
    CHECK(json_of(entry.record.bytes()) == R"({"message": "b"})");
    CHECK(entries.next(entry) == Walk::kEnd);
  }
}

}  // namespace
}  // namespace ox
