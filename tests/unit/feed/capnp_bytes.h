#pragma once
// A message that Cap'n Proto's own library made: name click, tstamp 1500000000.25, level 20, target
// my-button, fields [n = ival 3].
#include <string>

namespace ox::capnp_test {

inline const std::string kClickHex =
    "000000001c0000000000000005000d00000010c00b5ad6410000000014000000" + std::string(48, '0') +
    "3100000032000000" + std::string(48, '0') + "2500000052000000" + std::string(112, '0') +
    "0d00000027000000636c69636b0000006d792d627574746f6e00000000000000"
    "04000000020002000100000000000000030000000000000005000000120000000000000000000000"
    "6e00000000000000";

}  // namespace ox::capnp_test
