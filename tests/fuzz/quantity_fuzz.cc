#include "common/base/quantity.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_quantity {

OX_FUZZ_TARGET(quantity, std::string_view input) {
  if (auto size = parse_size(input); size.ok()) (void)format_size(*size);
  if (auto duration = parse_duration(input); duration.ok()) {
    OX_CHECK(duration->count() >= 0);
    OX_CHECK(parse_duration(format_duration(*duration)).ok());
  }
}

}  // namespace ox::fuzz_quantity
