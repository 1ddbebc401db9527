// libFuzzer's entry point.
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ox::fuzz({reinterpret_cast<const char*>(data), size});
  return 0;
}
