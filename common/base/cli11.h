#pragma once
// CLI11, for the sources that declare options: seconds to compile, so no header includes it.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
