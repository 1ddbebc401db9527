#pragma once
// How option files hand errors of their own parsers to CLI11.
#include <utility>

#include "common/base/cli11.h"
#include "common/base/status.h"

namespace ox {

// The value; CLI11 reports what this throws as an error of `option`.
template <typename T>
T value_of(const char* option, Result<T> result) {
  if (!result.ok()) throw CLI::ValidationError(option, result.status().message());
  return std::move(result).value();
}

}  // namespace ox
