#pragma once
// What is sent to Logstash, as events: documents, lines that should be JSON, and plain text.
// Nothing is refused: what is no document becomes a message, as in Logstash, with the tag
// "_jsonparsefailure" where it should have been one.
#include <string>
#include <string_view>

#include "common/ingest/api/upload/event_model.h"
#include "proto/raw_value.h"

namespace ox {

class LogstashEvent : public EventModel {
 public:
  enum class Input {
    kDocuments,  // a value that was JSON
    kLines,      // the text of one
    kText,       // just text
  };
  explicit LogstashEvent(Input input) : input_(input) {}

  Status fill(RawValue document, ForeignEvent& event) override;

 private:
  void fill_message(std::string_view text, bool tagged, ForeignEvent& event) const;

  const Input input_;
  std::string document_;  // MessagePack of a line
  std::string text_;      // of a value that is no document
  std::string type_;
};

}  // namespace ox
