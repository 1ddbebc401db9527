#include "common/ingest/api/delivery_answer.h"

#include "common/base/status.h"

namespace ox {

static HttpError unavailable(const char* message, Seconds retry_after) {
  return {.status = 503, .message = message, .retry_after = retry_after};
}

HttpError delivery_error(Delivery delivery) {
  switch (delivery) {
    case Delivery::kSafe:
      break;
    case Delivery::kBusy:
      return unavailable("Too many events wait to be stored: nothing of this was taken",
                         Seconds(1));
    case Delivery::kUnavailable:
      return unavailable("The collector cannot be reached: nothing of this was taken", Seconds(5));
    case Delivery::kInDoubt:
      return unavailable(
          "The collector has not confirmed in time: this may be stored, or be stored later",
          Seconds(5));
    case Delivery::kRefused:
      return {.status = 422, .message = "The collector refuses this for what it is"};
  }
  OX_CHECK(delivery != Delivery::kSafe);
  return {};
}

}  // namespace ox
