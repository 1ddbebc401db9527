// Feeds every file of the directories named on the command line to the target, each in a buffer of
// its exact size so that a sanitizer sees the first byte read behind it.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <boost/filesystem.hpp>

#include "tests/fuzz/target.h"

int main(int argc, char** argv) {
  ox::FuzzTarget target = ox::fuzz_target_of(argv[0]);
  if (target == nullptr) {
    std::fprintf(stderr, "%s: no such fuzz target\n", argv[0]);
    return 2;
  }
  std::size_t fed = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : boost::filesystem::directory_iterator(argv[i])) {
      std::ifstream in(entry.path().string(), std::ios::binary);
      std::string bytes{std::istreambuf_iterator<char>(in), {}};
      auto exact = std::make_unique<char[]>(bytes.size());
      std::copy(bytes.begin(), bytes.end(), exact.get());
      // Said first, so that the last line before a crash names its input.
      std::printf("%s\n", entry.path().c_str());
      std::fflush(stdout);
      target({exact.get(), bytes.size()});
      ++fed;
    }
  }
  std::printf("%zu inputs\n", fed);
  return fed > 0 ? 0 : 1;
}
