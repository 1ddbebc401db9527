#pragma once
// Internal to common/http. Bytes that wait to be sent on one connection. Small pieces are joined,
// so that a head and a short body, and the answers of pipelined requests, are one buffer; large
// bodies are kept as they are, not copied. Empty, it owns no memory to speak of.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <sys/uio.h>

namespace ox {

class OutputQueue {
 public:
  // The buffer at the end, to append heads to; call grown() after that.
  std::string& tail();
  void grown();
  void append(std::string bytes);

  bool empty() const { return bytes_ == 0; }
  std::size_t bytes() const { return bytes_; }
  // Fills up to `n` of `vectors` with what goes first; how many were filled.
  std::size_t peek(iovec* vectors, std::size_t n) const;
  // `n` bytes were sent.
  void consume(std::size_t n);
  void clear();

 private:
  std::vector<std::string> chunks_;
  std::size_t first_ = 0;   // chunks before this one are sent
  std::size_t offset_ = 0;  // sent bytes of the first chunk
  std::size_t bytes_ = 0;   // unsent
  std::size_t tail_size_ = 0;
};

}  // namespace ox
