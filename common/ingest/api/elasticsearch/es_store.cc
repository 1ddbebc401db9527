#include "common/ingest/api/elasticsearch/es_store.h"

#include "common/ingest/api/client_type.h"
#include "common/ingest/api/elasticsearch/es_index.h"

namespace ox {

std::optional<HttpError> EsStore::add(const Place& place, RawValue document, std::string_view host,
                                      EventGroup& group, std::string& id) const {
  std::optional<std::uint64_t> record_id;
  if (place.id.empty()) {
    auto taken = context().ids.take();
    if (!taken.ok())
      return HttpError{
          .status = 503,
          .message = "There are no record ids at the moment: nothing of this was taken",
          .retry_after = kRetryForIds};
    record_id = *taken;
    id = std::to_string(*taken);
  } else {
    id = place.id;
  }
  thread_local std::string type;
  make_client_type(index_family(place.index), "elasticsearch", type);
  EsDocument model(place.index, place.id, place.options);
  return store_.add(model, document, type, host, context().clock.wall(), record_id, group);
}

std::uint64_t EsStore::stored(std::uint64_t count) {
  store_.events().add(count);
  return numbers_.fetch_add(count);
}

}  // namespace ox
