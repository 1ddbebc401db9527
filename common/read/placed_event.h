#pragma once
#include <string>

#include "common/store/log_place.h"

namespace ox {

struct PlacedEvent {
  std::string bytes;  // as it is stored
  LogPlace place;
};

}  // namespace ox
