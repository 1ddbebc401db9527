#pragma once
// Threads with a name, which `top -H`, `perf` and debuggers show.
#include <functional>
#include <string>
#include <thread>

namespace ox {

// A thread called `name` (15 bytes at most, as Linux has it) that runs `f`.
std::thread start_thread(const std::string& name, std::function<void()> f);

}  // namespace ox
