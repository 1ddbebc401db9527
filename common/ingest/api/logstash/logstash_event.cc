#include "common/ingest/api/logstash/logstash_event.h"

#include "common/ingest/api/client_type.h"
#include "common/ingest/model/json_input.h"
#include "common/ingest/model/log_document.h"
#include "common/ingest/model/pack.h"
#include "proto/event_view.h"
#include "proto/json.h"

namespace ox {
namespace {

const std::string& failure_tags() {
  static const std::string kTags = [] {
    std::string out;
    pack_array_header(out, 1);
    pack_text(out, "_jsonparsefailure");
    return out;
  }();
  return kTags;
}

}  // namespace

Status LogstashEvent::fill(RawValue document, ForeignEvent& event) {
  if (input_ == Input::kText) {
    fill_message(document.as_text().value_or(std::string_view()), false, event);
    return ok_status();
  }
  if (input_ == Input::kLines) {
    thread_local JsonInput json;
    const std::string_view line = document.as_text().value_or(std::string_view());
    document_.clear();
    if (!json.append(line, document_).ok()) {
      fill_message(line, true, event);
      return ok_status();
    }
    document = RawValue(document_);
  }
  if (document.is_map()) {
    fill_log_document(document, event);
    make_client_type(log_document_type(document), "logstash", type_);
    event.type = type_;
    return ok_status();
  }
  if (auto text = document.as_text()) {
    fill_message(*text, true, event);
    return ok_status();
  }
  auto decoded = Decoded::decode(document.bytes());
  if (!decoded.ok()) return decoded.status();
  text_.clear();
  append_json(text_, decoded->root());
  fill_message(text_, true, event);
  return ok_status();
}

void LogstashEvent::fill_message(std::string_view text, bool tagged, ForeignEvent& event) const {
  event.message = text;
  if (tagged) event.add("tags", RawValue(failure_tags()));
}

}  // namespace ox
