#pragma once
// Compresses what tests send, and measures what that costs.
#include <cstddef>
#include <string>
#include <string_view>

namespace ox {

std::string gzip(std::string_view text);
// `n` zero bytes.
std::string gzip_zeros(std::size_t n);
std::string deflate_zlib(std::string_view text);
std::string deflate_raw(std::string_view text);
std::string zstd(std::string_view text);
std::string zstd_with_window(std::string_view text, int window_log);

// Of this process, in KiB: what it has now, from where the peak counts anew; and the peak.
long reset_peak_memory();
long peak_memory_kib();
// False under a sanitizer, whose own memory counts as well.
bool memory_is_measurable();

}  // namespace ox
