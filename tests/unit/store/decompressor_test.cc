#include "common/store/decompressor.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "tests/unit/store/compressed.h"

namespace ox {
namespace {

// Gives out `bytes` in pieces of at most `piece`.
class PieceSource : public ByteSource {
 public:
  PieceSource(std::string bytes, std::size_t piece) : bytes_(std::move(bytes)), piece_(piece) {}
  Result<std::size_t> read(char* out, std::size_t size) override {
    std::size_t n = bytes_.copy(out, std::min(size, piece_), at_);
    at_ += n;
    return n;
  }

 private:
  std::string bytes_;
  std::size_t piece_;
  std::size_t at_ = 0;
};

struct Outcome {
  std::string bytes;
  Status status;
};

Outcome decompress(Compression compression, const std::string& bytes, std::size_t piece = 1 << 20,
                   std::size_t read_size = 1 << 16) {
  auto source = make_decompressor(compression, std::make_unique<PieceSource>(bytes, piece));
  REQUIRE(source.ok());
  Outcome outcome;
  std::string buffer(read_size, '\0');
  while (true) {
    auto n = (*source)->read(buffer.data(), buffer.size());
    if (!n.ok()) {
      outcome.status = n.status();
      // It stays an error.
      CHECK((*source)->read(buffer.data(), buffer.size()).status().code() == Code::kCorrupt);
      return outcome;
    }
    if (*n == 0) return outcome;
    outcome.bytes.append(buffer, 0, *n);
  }
}

std::string compress(Compression compression, std::string_view bytes) {
  return compression == Compression::kGzip ? gzip(bytes) : bzip2(bytes);
}

constexpr Compression kBoth[] = {Compression::kGzip, Compression::kBzip2};

std::string sample() {
  std::string out;
  for (int i = 0; i < 20'000; ++i) out += std::to_string(i * 7919);
  return out;
}

}  // namespace

TEST_CASE("compressed bytes come back, whatever the sizes of pieces and reads") {
  const std::string bytes = sample();
  for (Compression compression : kBoth) {
    const std::string packed = compress(compression, bytes);
    for (std::size_t piece : {1UL, 7UL, 1UL << 20})
      for (std::size_t read_size : {1UL, 13UL, 1UL << 20}) {
        Outcome outcome = decompress(compression, packed, piece, read_size);
        CHECK(outcome.status.ok());
        CHECK(outcome.bytes == bytes);
      }
  }
}

TEST_CASE("members and streams that follow one another are one stream of bytes") {
  for (Compression compression : kBoth) {
    std::string packed =
        compress(compression, "one ") + compress(compression, "") + compress(compression, "two");
    Outcome outcome = decompress(compression, packed, 5);
    CHECK(outcome.status.ok());
    CHECK(outcome.bytes == "one two");
  }
}

TEST_CASE("an empty file holds nothing") {
  for (Compression compression : kBoth) {
    Outcome outcome = decompress(compression, "");
    CHECK(outcome.status.ok());
    CHECK(outcome.bytes.empty());
  }
}

TEST_CASE("a cut file is an error behind the bytes that are there, at every byte") {
  const std::string first(100, 'a');
  for (Compression compression : kBoth) {
    const std::string member = compress(compression, first);
    const std::string packed = member + compress(compression, "second");
    for (std::size_t cut = 1; cut < packed.size(); ++cut) {
      CAPTURE(cut);
      Outcome outcome = decompress(compression, packed.substr(0, cut));
      if (cut == member.size()) {
        CHECK(outcome.status.ok());
      } else {
        CHECK(outcome.status.code() == Code::kCorrupt);
        CHECK(outcome.status.message().find("cut") != std::string::npos);
      }
      if (cut >= member.size()) CHECK(outcome.bytes.substr(0, 100) == first);
    }
  }
}

TEST_CASE("damaged compressed bytes are an error") {
  for (Compression compression : kBoth) {
    std::string packed = compress(compression, sample());
    packed[packed.size() / 2] = static_cast<char>(~packed[packed.size() / 2]);
    CHECK(decompress(compression, packed).status.code() == Code::kCorrupt);
    CHECK(decompress(compression, "plain text").status.code() == Code::kCorrupt);
    CHECK(decompress(compression, compress(compression, "x") + "tail").status.code() ==
          Code::kCorrupt);
  }
}

TEST_CASE("zero padding behind gzip data is passed over") {
  for (std::size_t piece : {1UL, 1000UL}) {
    Outcome outcome = decompress(Compression::kGzip, gzip("x") + std::string(512, '\0'), piece);
    CHECK(outcome.status.ok());
    CHECK(outcome.bytes == "x");
  }
}

TEST_CASE("a format that is not read is named") {
  auto source = make_decompressor(Compression::kZstd, std::make_unique<PieceSource>("", 1));
  CHECK(source.status().code() == Code::kUnsupported);
}

}  // namespace ox
