#include "common/base/clock.h"

namespace ox {
namespace {

class SystemClock : public Clock {
 public:
  WallTime wall() const override {
    return std::chrono::duration_cast<WallTime>(
        std::chrono::system_clock::now().time_since_epoch());
  }
  MonoTime mono() const override {
    return std::chrono::duration_cast<MonoTime>(
        std::chrono::steady_clock::now().time_since_epoch());
  }
};

}  // namespace

const Clock& Clock::system() {
  // Never destroyed: it is asked when a program's other static objects go.
  static const SystemClock* const clock = new SystemClock;
  return *clock;
}

}  // namespace ox
