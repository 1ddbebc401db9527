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

struct Decompressed {
  std::string bytes;
  Status status;
};

Decompressed decompress(Compression compression, const std::string& bytes,
                        std::size_t piece = 1 << 20, std::size_t read_size = 1 << 16) {
  auto source = make_decompressor(compression, std::make_unique<PieceSource>(bytes, piece));
  Decompressed outcome;
  std::string buffer(read_size, '\0');
  while (true) {
    auto n = source->read(buffer.data(), buffer.size());
    if (!n.ok()) {
      outcome.status = n.status();
      // It stays an error.
      CHECK(source->read(buffer.data(), buffer.size()).status().code() == Code::kCorrupt);
      return outcome;
    }
    if (*n == 0) return outcome;
    outcome.bytes.append(buffer, 0, *n);
  }
}

std::string compress(Compression compression, std::string_view bytes) {
  if (compression == Compression::kZstd) return zstd(bytes);
  return compression == Compression::kGzip ? gzip(bytes) : bzip2(bytes);
}

constexpr Compression kAll[] = {Compression::kGzip, Compression::kBzip2, Compression::kZstd};

std::string sample() {
  std::string out;
  for (int i = 0; i < 20'000; ++i) out += std::to_string(i * 7919);
  return out;
}

}  // namespace

TEST_CASE("compressed bytes come back, whatever the sizes of pieces and reads") {
  const std::string bytes = sample();
  for (Compression compression : kAll) {
    const std::string packed = compress(compression, bytes);
    for (std::size_t piece : {1UL, 7UL, 1UL << 20})
      for (std::size_t read_size : {1UL, 13UL, 1UL << 20}) {
        Decompressed outcome = decompress(compression, packed, piece, read_size);
        CHECK(outcome.status.ok());
        CHECK(outcome.bytes == bytes);
      }
  }
}

TEST_CASE("members and streams that follow one another are one stream of bytes") {
  for (Compression compression : kAll) {
    std::string packed =
        compress(compression, "one ") + compress(compression, "") + compress(compression, "two");
    Decompressed outcome = decompress(compression, packed, 5);
    CHECK(outcome.status.ok());
    CHECK(outcome.bytes == "one two");
  }
}

TEST_CASE("an empty file holds nothing") {
  for (Compression compression : kAll) {
    Decompressed outcome = decompress(compression, "");
    CHECK(outcome.status.ok());
    CHECK(outcome.bytes.empty());
  }
}

TEST_CASE("a cut file is an error behind the bytes that are there, at every byte") {
  const std::string first(100, 'a');
  for (Compression compression : kAll) {
    const std::string member = compress(compression, first);
    const std::string packed = member + compress(compression, "second");
    for (std::size_t cut = 1; cut < packed.size(); ++cut) {
      CAPTURE(cut);
      Decompressed outcome = decompress(compression, packed.substr(0, cut));
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
  for (Compression compression : kAll) {
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
    Decompressed outcome =
        decompress(Compression::kGzip, gzip("x") + std::string(512, '\0'), piece);
    CHECK(outcome.status.ok());
    CHECK(outcome.bytes == "x");
  }
}

TEST_CASE("skippable zstd frames are passed over") {
  std::string skippable("\x5c\x2a\x4d\x18\x03\0\0\0abc", 11);
  for (std::size_t piece : {1UL, 1000UL}) {
    Decompressed outcome =
        decompress(Compression::kZstd, skippable + zstd("x") + skippable + zstd("y"), piece);
    CHECK(outcome.status.ok());
    CHECK(outcome.bytes == "xy");
  }
}

}  // namespace ox
