#pragma once
// How every oxd program ends.

namespace ox {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;          // no match, peer unreachable
inline constexpr int kExitUsage = 2;           // a wrong command line
inline constexpr int kExitConfiguration = 78;  // EX_CONFIG: a wrong configuration

}  // namespace ox
