#include "common/base/address.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_address {

OX_FUZZ_TARGET(address, std::string_view input) {
  auto address = Address::parse(input, kCollectPort);
  if (!address.ok()) {
    OX_CHECK(!address.status().message().empty());
    return;
  }
  (void)address->endpoint();
  (void)address->loopback();
  auto again = Address::parse(address->to_string(), 1);
  OX_CHECK(again.ok() && *again == *address);
}

}  // namespace ox::fuzz_address
