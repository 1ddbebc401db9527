#pragma once
// Syslog messages as events: docs/events.md, "Syslog".
#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/ingest/model/foreign_event.h"
#include "common/ingest/model/type_template.h"
#include "common/ingest/stream/stream_session.h"
#include "common/ingest/syslog/syslog_record.h"

namespace ox {

// Keeps its memory between messages. One thread.
class SyslogEvents {
 public:
  explicit SyslogEvents(TypeTemplate type);

  // Borrowed until the next call.
  struct Event {
    std::string_view type;
    std::string_view host;
    double end = 0;
    std::string_view body;
  };
  // text: a message without its frame. partial: it is a piece of one, and others follow. Error:
  // kTooLarge (the largest event that there can be).
  Status make(std::string_view text, const StreamPeer& peer, WallTime now, bool partial,
              Event& out);
  // What stood in front of the last message's text: its PRI, time, host, tag, and so on.
  std::string_view header() const { return header_; }

 private:
  void fill(const SyslogRecord& record, const StreamPeer& peer, WallTime now);

  const TypeTemplate type_template_;
  SyslogParser parser_;
  SyslogRecord record_;
  ForeignEvent event_;
  std::string_view header_;
  std::string type_;
  std::string data_;
  std::string body_;
};

}  // namespace ox
