#pragma once
// Time, behind an interface so that tests can turn the hands.
#include <atomic>
#include <chrono>
#include <cstdint>

namespace ox {

using Micros = std::chrono::microseconds;
using Millis = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;
// Since the clock's own start; only differences mean anything.
using MonoTime = std::chrono::microseconds;
// Since 1970-01-01T00:00:00Z.
using WallTime = std::chrono::microseconds;

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall() const = 0;
  virtual MonoTime mono() const = 0;
  // The machine's clock; lives for ever.
  static const Clock& system();
};

class FakeClock : public Clock {
 public:
  explicit FakeClock(WallTime wall = Seconds(1'500'000'000)) : wall_(wall.count()) {}
  WallTime wall() const override { return WallTime(wall_.load()); }
  MonoTime mono() const override { return MonoTime(mono_.load()); }
  void advance(Micros by) {
    wall_ += by.count();
    mono_ += by.count();
  }
  // Steps the wall clock alone, as an administrator or NTP does.
  void set_wall(WallTime to) { wall_ = to.count(); }

 private:
  std::atomic<std::int64_t> wall_;
  std::atomic<std::int64_t> mono_{0};
};

inline double to_seconds(std::chrono::microseconds t) {
  return static_cast<double>(t.count()) / 1e6;
}

}  // namespace ox
