#include "common/ingest/api/elasticsearch/es_document.h"

#include "common/ingest/model/log_document.h"

namespace ox {

Status EsDocument::fill(RawValue document, ForeignEvent& event) {
  if (!document.is_map()) return Status(Code::kInvalid, "the document is no object");
  fill_log_document(document, event);
  event.id_text = id_;
  event.add_text("_index", index_);
  const ForeignEvent::Section action = event.section("_action");
  for (const RawMap::Entry& entry : RawMap(options_))
    if (entry.name != "_index" && entry.name != "_id") event.add(entry, action);
  return ok_status();
}

}  // namespace ox
