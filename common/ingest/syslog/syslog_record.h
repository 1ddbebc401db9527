#pragma once
// One syslog message taken apart: RFC 5424, RFC 3164, and what is sent under that name:
//   <34>1 2003-10-11T22:14:15.003Z host su 7 ID47 [ex@1 a="b"] hi     RFC 5424
//   <13>Feb  5 17:32:18 10.0.0.99 app[42]: x                          RFC 3164
//   <13>2003-10-11T22:14:15.003+02:00 host app: x                     rsyslog's way
//   <13>Feb  5 17:32:18 app[42]: x                                    syslog(3), to /dev/log
//   <11>app: boom 3                                                   Python's SysLogHandler
//   hello                                                             anything: PRI 13
// Nothing is refused: what cannot be understood is the message.
#include <optional>
#include <string_view>

#include "common/base/clock.h"
#include "common/ingest/syslog/structured_data.h"
#include "common/ingest/syslog/syslog_time.h"

namespace ox {

// Views into the text, and of the parser. What is absent is empty.
struct SyslogRecord {
  static constexpr int kDefaultPri = 13;  // user.notice (RFC 3164, section 4.3.3)

  int pri = kDefaultPri;
  int facility() const { return pri / 8; }  // 0 to 23
  int severity() const { return pri % 8; }  // 0 emergency to 7 debug

  bool rfc5424 = false;
  std::optional<WallTime> time;
  std::string_view time_text;  // as it was sent, also when it is no time
  std::string_view host;
  std::string_view name;  // APP-NAME, or the tag without its pid
  std::string_view pid;   // PROCID, or what stands in brackets behind the tag
  std::string_view msgid;
  bool has_data = false;  // the parser's data() is that of this message
  std::string_view message;
};

// One thread.
class SyslogParser {
 public:
  // `text` without its frame; NULs and line ends behind it do not count. now: to find the year.
  void parse(std::string_view text, WallTime now, SyslogRecord& out);
  const StructuredData& data() const { return data_; }

 private:
  bool parse_5424(std::string_view rest, SyslogRecord& out);
  void parse_3164(std::string_view rest, bool has_pri, WallTime now, SyslogRecord& out);

  SyslogClock clock_;
  StructuredData data_;
};

}  // namespace ox
