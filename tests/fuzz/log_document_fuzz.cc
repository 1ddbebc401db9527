// What comes for Logstash, as the first byte says: a document, the text of one, or plain text. It is an
// event that can be read, whose message is the text wherever it is no document.
#include "common/ingest/api/logstash/logstash_event.h"
#include "common/ingest/model/json_input.h"
#include "common/ingest/model/pack.h"
#include "proto/event_view.h"
#include "proto/meta.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_log_document {

OX_FUZZ_TARGET(log_document, std::string_view input) {
  using Input = LogstashEvent::Input;
  if (input.empty()) return;
  const auto kind = static_cast<Input>(static_cast<unsigned char>(input.front()) % 3);
  input.remove_prefix(1);
  std::string document;
  if (kind == Input::kDocuments) {
    JsonInput json;
    if (!json.append(input, document).ok()) return;
  } else {
    pack_text(document, input);
  }
  LogstashEvent model(kind);
  ForeignEvent event;
  event.host = "peer";
  event.end = 1;
  OX_CHECK(model.fill(RawValue(document), event).ok());
  OX_CHECK(event.type.size() <= kMetaNameSize && event.end == event.end);
  const bool own_type = !event.type.empty();
  if (kind == Input::kText) OX_CHECK(!own_type && event.message == input);
  if (!own_type) {
    OX_CHECK(event.message.has_value());
    event.type = "t";
  }
  std::string stored;
  if (!event.append_to(stored).ok()) return;
  std::size_t used = 0;
  auto decoded = Decoded::decode(stored, &used);
  OX_CHECK(decoded.ok() && used == stored.size());
}

}  // namespace ox::fuzz_log_document
