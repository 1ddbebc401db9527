#pragma once
// Where the documents of one oxingest's Elasticsearch API go.
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/ingest/api/elasticsearch/es_document.h"
#include "common/ingest/api/upload/event_batch.h"

namespace ox {

// Threading: any thread. The context outlives it.
class EsStore {
 public:
  explicit EsStore(ApiContext& context) : store_(context, "elasticsearch") {}

  struct Place {
    std::string_view index;
    std::string_view id;            // the client's; "": it leaves that to us
    RawValue options = RawValue();  // what else the action says, a map, or nothing
  };
  // Adds the document's event to `group`; id: as it is answered, the client's or a record id.
  // Nothing, or the error to answer, with nothing added: 503 when there are no ids, 400 or 413 when the
  // document is at fault.
  std::optional<HttpError> add(const Place& place, RawValue document, std::string_view host,
                               EventGroup& group, std::string& id) const;

  // Counts documents that are safe, and returns the number of the first, from 0: its _seq_no.
  std::uint64_t stored(std::uint64_t count);

  ApiContext& context() const { return store_.context(); }
  Counter& rejected() const { return store_.rejected(); }

 private:
  const EventStore store_;
  std::atomic<std::uint64_t> numbers_{0};
};

}  // namespace ox
