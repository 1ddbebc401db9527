#include "common/http/output_queue.h"

#include <array>
#include <random>
#include <string>

#include <doctest/doctest.h>

namespace ox {
namespace {

std::string take(OutputQueue& queue, std::size_t n) {
  std::array<iovec, 4> vectors;
  std::size_t filled = queue.peek(vectors.data(), vectors.size());
  std::string out;
  for (std::size_t i = 0; i < filled; ++i)
    out.append(static_cast<const char*>(vectors[i].iov_base), vectors[i].iov_len);
  out.resize(std::min(n, out.size()));
  queue.consume(out.size());
  return out;
}

}  // namespace

TEST_CASE("small pieces are joined into one buffer, large ones are not copied") {
  OutputQueue queue;
  queue.tail().append("head1");
  queue.grown();
  queue.append("body1");
  queue.tail().append("head2");
  queue.grown();
  std::array<iovec, 4> vectors;
  CHECK(queue.peek(vectors.data(), vectors.size()) == 1);
  std::string large(100'000, 'x');
  const char* where = large.data();
  queue.append(std::move(large));
  REQUIRE(queue.peek(vectors.data(), vectors.size()) == 2);
  CHECK(vectors[1].iov_base == where);
  CHECK(queue.bytes() == 15 + 100'000);
}

TEST_CASE("what comes out is what went in, however it is taken") {
  std::mt19937 random(11);
  OutputQueue queue;
  std::string in;
  std::string out;
  for (int i = 0; i < 2000; ++i) {
    std::string piece(random() % (i % 50 == 0 ? 40'000 : 700), static_cast<char>('a' + i % 26));
    in += piece;
    if (i % 2 == 0) {
      queue.append(piece);
    } else {
      queue.tail().append(piece);
      queue.grown();
    }
    if (i % 3 == 0) out += take(queue, random() % 5000);
    REQUIRE(queue.bytes() == in.size() - out.size());
  }
  while (!queue.empty()) out += take(queue, 10'000);
  CHECK(out == in);
}

}  // namespace ox
