#include "common/base/thread.h"

#include <utility>

#include <pthread.h>

#include "common/base/status.h"

namespace ox {

std::thread start_thread(const std::string& name, std::function<void()> f) {
  OX_CHECK(name.size() < 16);
  return std::thread([name, f = std::move(f)] {
    (void)::pthread_setname_np(::pthread_self(), name.c_str());
    f();
  });
}

}  // namespace ox
