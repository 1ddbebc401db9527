#pragma once
// A document that Elasticsearch would index, as an event (docs/http.md, "Elasticsearch").
#include <string_view>

#include "common/ingest/api/upload/event_batch.h"
#include "proto/raw_value.h"

namespace ox {

// Of one document; views that outlive the event.
class EsDocument : public EventModel {
 public:
  // index, id: as answered; id "": it gets a record id. options: what else the action says, a map, or
  // nothing.
  EsDocument(std::string_view index, std::string_view id, RawValue options = RawValue())
      : index_(index), id_(id), options_(options) {}

  // Error: kInvalid, the document is no object.
  Status fill(RawValue document, ForeignEvent& event) override;

 private:
  const std::string_view index_;
  const std::string_view id_;
  const RawValue options_;
};

}  // namespace ox
