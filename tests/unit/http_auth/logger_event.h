#pragma once
// One event with the signatures that the secret "s3cret" gives it.
#include <string_view>

#include "common/http/auth/logger_signature.h"

namespace ox {

inline constexpr SignedEvent kLoggerEvent{"web-frontend", "error", "2017-11-30T10:15:30.123Z"};
inline constexpr std::string_view kLoggerBody =
    R"({"facility":"web-frontend","timestamp":"2017-11-30T10:15:30.123Z","level":"error",)"
    R"("event":"db connect failed","additional":{"user-id":7}})";
inline constexpr std::string_view kLoggerV1 =
    "bd18de0925e779c915487d2e141185ee0867cd6d82aba3feb69e72372f341b18";
inline constexpr std::string_view kLoggerV2 =
    "630bd1641868acc8281daeae90b6fbcb65c55af44c61217bdf305337ab4e8350";

}  // namespace ox
