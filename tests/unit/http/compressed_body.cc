#include "tests/unit/http/compressed_body.h"

#include <algorithm>
#include <fstream>

#include <zlib.h>
#include <zstd.h>

#include "common/base/status.h"

namespace ox {
namespace {

class Deflater {
 public:
  explicit Deflater(int window_bits) {
    OX_CHECK(deflateInit2(&stream_, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  void add(std::string_view text, int flush) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream_.avail_in = static_cast<uInt>(text.size());
    char buffer[65536];
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer);
      stream_.avail_out = sizeof(buffer);
      deflate(&stream_, flush);
      out.append(buffer, sizeof(buffer) - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

  std::string out;

 private:
  z_stream stream_{};
};

std::string deflated(std::string_view text, int window_bits) {
  Deflater deflater(window_bits);
  deflater.add(text, Z_FINISH);
  return deflater.out;
}

}  // namespace

std::string gzip(std::string_view text) { return deflated(text, MAX_WBITS + 16); }
std::string deflate_zlib(std::string_view text) { return deflated(text, MAX_WBITS); }
std::string deflate_raw(std::string_view text) { return deflated(text, -MAX_WBITS); }

std::string gzip_zeros(std::size_t n) {
  Deflater deflater(MAX_WBITS + 16);
  const std::string zeros(1 << 16, '\0');
  for (; n > 0; n -= std::min(n, zeros.size()))
    deflater.add(std::string_view(zeros).substr(0, n), Z_NO_FLUSH);
  deflater.add({}, Z_FINISH);
  return deflater.out;
}

std::string zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

std::string zstd_with_window(std::string_view text, int window_log) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
  std::string out(ZSTD_compressBound(text.size()), '\0');
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  // Without the size being known the frame has to announce its window.
  ZSTD_inBuffer first{text.data(), text.size() / 2, 0};
  ZSTD_compressStream2(context, &to, &first, ZSTD_e_continue);
  ZSTD_inBuffer second{text.data() + text.size() / 2, text.size() - text.size() / 2, 0};
  ZSTD_compressStream2(context, &to, &second, ZSTD_e_end);
  ZSTD_freeCCtx(context);
  out.resize(to.pos);
  return out;
}

long reset_peak_memory() {
  std::ofstream("/proc/self/clear_refs") << 5;  // proc(5)
  return peak_memory_kib();
}

long peak_memory_kib() {
  std::ifstream status("/proc/self/status");
  std::string word;
  long kib = -1;
  while (status >> word)
    if (word == "VmHWM:") status >> kib;
  OX_CHECK(kib > 0);
  return kib;
}

bool memory_is_measurable() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return false;
#else
  return true;
#endif
}

}  // namespace ox
