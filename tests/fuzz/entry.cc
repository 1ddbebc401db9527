// libFuzzer's entry points.
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/target.h"

static ox::FuzzTarget target = nullptr;

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** argv) {
  target = ox::fuzz_target_of((*argv)[0]);
  if (target != nullptr) return 0;
  std::fprintf(stderr, "%s: no such fuzz target\n", (*argv)[0]);
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  target({reinterpret_cast<const char*>(data), size});
  return 0;
}
