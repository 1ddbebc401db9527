#pragma once
// Documents of a stream as events, named and bounded.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/ingest/api/upload/event_model.h"
#include "common/ingest/event_group.h"
#include "common/ingest/model/type_template.h"

namespace ox {

struct DocumentOptions {
  std::string word;                  // of the protocol, in --type and its templates: "logstash"
  std::string usual_type;            // of an event whose document names none
  std::optional<TypeTemplate> type;  // of --type
  std::uint64_t max_event_bytes = 1 << 20;

  // What the text of one event may take: JSON may take six characters for two bytes.
  std::size_t max_text() const {
    return static_cast<std::size_t>(max_event_bytes * 4 + (64 << 10));
  }
};

// Not thread-safe.
class DocumentEvents {
 public:
  explicit DocumentEvents(DocumentOptions options) : options_(std::move(options)) {}

  // Makes the event of `document`; host and now (Unix seconds): of one that says neither. `made`
  // views this, until the next call. Errors: kInvalid (no event), kTooLarge.
  Status make(EventModel& model, RawValue document, std::string_view host, double now,
              EventGroup::Event& made);

  const DocumentOptions& options() const { return options_; }

 private:
  const DocumentOptions options_;
  ForeignEvent event_;
  std::string type_;
  std::string packed_;
};

}  // namespace ox
