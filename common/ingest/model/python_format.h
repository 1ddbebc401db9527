#pragma once
// Python's `msg % args` ("printf-style String Formatting" of the Library Reference), for records
// that come with both. `args` is an array (a tuple there), a map (a mapping), or any other value
// (that one alone). nil and empty arrays and maps are for the caller to leave alone, as logging does.
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "proto/raw_value.h"

namespace ox {

// The formatted text. Conversions: %s %r %a %d %i %u %o %x %X %e %E %f %F %g %G %c %%, with keys,
// flags, width and precision, '*' among them. Errors: kInvalid where Python raises, with its words;
// kTooLarge when the result would have over max_bytes.
Result<std::string> python_format(std::string_view msg, RawValue args,
                                  std::size_t max_bytes = 1 << 20);

}  // namespace ox
