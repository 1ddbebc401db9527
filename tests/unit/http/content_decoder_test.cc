#include "common/http/content_decoder.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/unit/http/compressed_body.h"
#include "tests/unit/http/http_fixture.h"

namespace ox {
namespace {

struct Decoded {
  std::string bytes;
  Status status;
  bool complete = false;
};

Decoded decode(std::string_view encoding, std::string_view input, std::size_t piece = 1 << 20,
               std::size_t out_size = 1 << 16) {
  auto decoder = ContentDecoder::create(encoding);
  REQUIRE(decoder);
  Decoded decoded;
  std::vector<char> out(out_size);
  while (!input.empty()) {
    std::string_view part = input.substr(0, piece);
    input.remove_prefix(part.size());
    for (;;) {
      auto n = decoder->decode(part, out);
      if (!n.ok()) {
        decoded.status = n.status();
        return decoded;
      }
      if (*n == 0) break;
      decoded.bytes.append(out.data(), *n);
    }
    CHECK(part.empty());
  }
  decoded.complete = decoder->complete();
  return decoded;
}

std::string sample() {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "line " + std::to_string(i * i) + "\n";
  return text;
}

}  // namespace

TEST_CASE("each encoding is undone, in whatever pieces it comes and goes") {
  std::string text = sample();
  for (const auto& [coding, bytes] : {std::pair<std::string, std::string>{"gzip", gzip(text)},
                                      {"X-GZIP", gzip(text)},
                                      {"deflate", deflate_zlib(text)},
                                      {"deflate", deflate_raw(text)},
                                      {"zstd", zstd(text)}}) {
    for (auto [piece_size, out] : {std::pair<std::size_t, std::size_t>{1 << 20, 1 << 16},
                                   {1, 1 << 16},
                                   {1 << 20, 7},
                                   {3, 1000}}) {
      const std::string& encoding = coding;  // what a lambda may capture
      const std::size_t piece = piece_size;
      CAPTURE(encoding);
      CAPTURE(piece);
      Decoded decoded = decode(encoding, bytes, piece, out);
      CHECK(decoded.status.ok());
      CHECK(decoded.complete);
      CHECK(decoded.bytes == text);
    }
  }
}

TEST_CASE("gzip members and zstd frames follow one another") {
  CHECK(decode("gzip", gzip("one ") + gzip("") + gzip("two")).bytes == "one two");
  CHECK(decode("zstd", zstd("one ") + zstd("two")).bytes == "one two");
  std::string skipped("\x50\x2a\x4d\x18\x02\0\0\0ab", 10);
  for (std::size_t piece : {1u, 5u, 100u}) {
    Decoded decoded = decode("zstd", zstd("one ") + skipped + zstd("two") + skipped, piece);
    CHECK(decoded.bytes == "one two");
    CHECK(decoded.complete);
  }
}

TEST_CASE("a cut stream is not complete, at any byte") {
  std::string text = "some text that is long enough, that is long enough";
  for (const auto& [coding, bytes] : {std::pair<std::string, std::string>{"gzip", gzip(text)},
                                      {"deflate", deflate_zlib(text)},
                                      {"deflate", deflate_raw(text)},
                                      {"zstd", zstd(text)}}) {
    for (std::size_t n = 1; n < bytes.size(); ++n) {
      const std::string& encoding = coding;
      CAPTURE(encoding);
      CAPTURE(n);
      Decoded decoded = decode(encoding, std::string_view(bytes).substr(0, n));
      CHECK_FALSE((decoded.status.ok() && decoded.complete));
    }
  }
}

TEST_CASE("damage is an error") {
  CHECK(decode("gzip", "this is no gzip").status.code() == Code::kCorrupt);
  CHECK(decode("zstd", "this is no zstd").status.code() == Code::kCorrupt);
  std::string bytes = gzip(sample());
  bytes[bytes.size() - 6] ^= 1;  // the checksum
  CHECK(decode("gzip", bytes).status.code() == Code::kCorrupt);
  CHECK(decode("gzip", gzip("text") + "rest").status.code() == Code::kCorrupt);
  CHECK(decode("deflate", deflate_zlib("text") + "rest").status.code() == Code::kCorrupt);
}

TEST_CASE("zstd's formats from before 1.0 are refused") {
  std::string bytes = zstd("text");
  for (char version : std::string("\x22\x23\x24\x25\x26\x27")) {
    bytes[0] = version;
    CHECK(decode("zstd", bytes).status.code() == Code::kCorrupt);
  }
}

TEST_CASE("a zstd frame whose header looks like a frame is decoded as what it is") {
  // Window and content size read as the magic number of a frame to be skipped, the block behind them
  // as its length: 6,477 zeros, "51,819 bytes to skip".
  std::string frame("\x28\xb5\x2f\xfd\x50\x2a\x4d\x18\x6b\xca\0\0", 12);
  std::string rest;  // that does not become shorter
  std::mt19937 random(1);
  while (rest.size() < 60'000) rest += static_cast<char>(random());
  std::string bytes = frame + zstd(rest);
  for (std::size_t piece : {1u, 4u, 5u, 1u << 20}) {
    CAPTURE(piece);
    Decoded decoded = decode("zstd", bytes, piece);
    CHECK(decoded.status.ok());
    CHECK(decoded.complete);
    CHECK(decoded.bytes == std::string(6477, '\0') + rest);
  }
}

TEST_CASE("a zstd window over 8 MiB is refused") {
  CHECK(decode("zstd", zstd_with_window(std::string(1 << 20, 'x'), 23)).status.ok());
  CHECK(decode("zstd", zstd_with_window(std::string(1 << 20, 'x'), 27)).status.code() ==
        Code::kTooLarge);
}

TEST_CASE("unknown encodings have no decoder") {
  for (const char* name : {"br", "snappy", "", "gzip, gzip", "identity", "compress"})
    CHECK_FALSE(ContentDecoder::create(name));
}

TEST_CASE("compressed bodies reach the handler decoded") {
  HttpFixture server;
  RawClient client = server.connect();
  std::string text = sample();
  for (const auto& [coding, bytes] : {std::pair<std::string, std::string>{"gzip", gzip(text)},
                                      {"deflate", deflate_raw(text)},
                                      {"zstd", zstd(text)},
                                      {"identity", text},
                                      {"identity, gzip", gzip(text)}}) {
    const std::string& encoding = coding;
    CAPTURE(encoding);
    REQUIRE(client.send(post("/echo", bytes, "Content-Encoding: " + encoding + "\r\n")));
    auto response = client.read();
    REQUIRE(response);
    CHECK(response->body == text);
  }
}

TEST_CASE("a compressed body may be paused in the middle of a piece") {
  Watched<SeenBody> seen;
  Watched<HttpReply> reply;
  HttpFixture server;
  server.mount.add("POST", "/read", [&](const HttpRequest&, HttpReply r) {
    reply.change([&](HttpReply& kept) { kept = std::move(r); });
    return std::make_unique<RecordingReader>(seen, 1);
  });
  RawClient client = server.connect();
  std::string text(1 << 20, 'z');
  REQUIRE(client.send(post("/read", gzip(text), "Content-Encoding: gzip\r\n")));
  REQUIRE(seen.wait([](const SeenBody& s) { return s.pieces == 1; }));
  CHECK(seen.get().bytes.size() < text.size());
  reply.change([](HttpReply& r) { r.resume_reading(); });
  REQUIRE(seen.wait([](const SeenBody& s) { return s.ended; }));
  CHECK(seen.get().bytes == text);
  reply.change([](HttpReply& r) { r.send(HttpResponse(204)); });
  CHECK(client.read()->status == 204);
}

TEST_CASE("an unknown or doubled Content-Encoding is answered 415") {
  HttpFixture server;
  for (const char* fields : {"Content-Encoding: br\r\n", "Content-Encoding: gzip, gzip\r\n",
                             "Content-Encoding: gzip\r\nContent-Encoding: zstd\r\n"})
    CHECK(server.last_answer_to(post("/echo", "x", fields)).status == 415);
  CHECK(server.count("http.rejected.encoding") == 3);
}

TEST_CASE("a handler may decode an encoding itself") {
  HttpFixture server;
  server.mount.add("POST", "/snappy",
                   [](const HttpRequest&, HttpReply reply) {
                     return read_whole_body(std::move(reply), [](std::string body, HttpReply r) {
                       r.send(HttpResponse::text(200, body));
                     });
                   },
                   {.own_encodings = {"snappy"}});
  RawClient client = server.connect();
  REQUIRE(client.send(post("/snappy", "as it is", "Content-Encoding: snappy\r\n")));
  CHECK(client.read()->body == "as it is");
}

TEST_CASE("damaged and cut bodies are answered 400") {
  HttpFixture server;
  std::string bytes = gzip(sample());
  CHECK(server.last_answer_to(post("/echo", "no gzip", "Content-Encoding: gzip\r\n")).status ==
        400);
  CHECK(server
            .last_answer_to(
                post("/echo", bytes.substr(0, bytes.size() / 2), "Content-Encoding: gzip\r\n"))
            .status == 400);
}

TEST_CASE("what inflates far over the limit is answered 413 at the limit, without taking memory") {
  Watched<SeenBody> seen;
  Watched<HttpReply> kept;
  HttpFixture server;
  struct CountingReader : BodyReader {
    explicit CountingReader(Watched<SeenBody>& s) : seen(s) {}
    BodyFlow on_data(std::string_view piece) override {
      seen.change([&](SeenBody& s) {
        s.pieces += piece.size();
        REQUIRE(piece.size() <= 64 << 10);
      });
      return BodyFlow::kContinue;
    }
    void on_end() override {}
    void on_abort(BodyAbort reason) override {
      seen.change([&](SeenBody& s) { s.aborted = reason; });
    }
    Watched<SeenBody>& seen;
  };
  server.mount.add("POST", "/bomb",
                   [&](const HttpRequest&, HttpReply reply) {
                     kept.change([&](HttpReply& r) { r = std::move(reply); });
                     return std::make_unique<CountingReader>(seen);
                   },
                   {.limits = HttpBodyLimits{.decoded_bytes = 100u << 20}});
  std::string encoding;
  std::string bomb;
  SUBCASE("gzip") {
    encoding = "gzip";
    bomb = gzip_zeros(std::size_t{256} << 20);
  }
  SUBCASE("zstd") {
    encoding = "zstd";
    bomb = zstd(std::string(std::size_t{256} << 20, '\0'));
  }
  long before = reset_peak_memory();
  CHECK(
      server.last_answer_to(post("/bomb", bomb, "Content-Encoding: " + encoding + "\r\n")).status ==
      413);
  CHECK(seen.get().aborted == BodyAbort::kTooLarge);
  CHECK(seen.get().pieces <= 100u << 20);
  CHECK(seen.get().pieces > 99u << 20);
  if (memory_is_measurable()) CHECK(peak_memory_kib() - before < 16 << 10);
}

}  // namespace ox
