#pragma once
// What the documents of a kind mean: the part of a protocol that does not depend on how they come.
#include "common/base/status.h"
#include "common/ingest/model/foreign_event.h"
#include "proto/raw_value.h"

namespace ox {

class EventModel {
 public:
  virtual ~EventModel() = default;
  // Fills `event`, which comes with `host` and `end` for what says neither, but for its id; its
  // type only when it is another than the request's. It may view the document and the model until
  // the next call. Error: kInvalid, why this is no event.
  virtual Status fill(RawValue document, ForeignEvent& event) = 0;
};

}  // namespace ox
