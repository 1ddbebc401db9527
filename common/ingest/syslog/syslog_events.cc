#include "common/ingest/syslog/syslog_events.h"

#include <array>
#include <charconv>
#include <utility>

#include "common/ingest/model/level.h"
#include "common/ingest/model/text.h"
#include "proto/batch.h"

namespace ox {
namespace {

constexpr std::string_view kSyslogSource = "syslog";

// RFC 5424, table 1; the names are those of syslog.conf(5), and of util-linux's logger.
constexpr std::array<std::string_view, 24> kFacilityNames = {
    "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
    "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
    "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

}  // namespace

SyslogEvents::SyslogEvents(TypeTemplate type) : type_template_(std::move(type)) {}

void SyslogEvents::fill(const SyslogRecord& record, const StreamPeer& peer, WallTime now) {
  event_.clear();
  event_.end = to_seconds(record.time.value_or(now));
  event_.host =
      cut_bytes(record.host.empty() ? std::string_view(peer.host) : record.host, kMaxNameBytes);
  event_.set_level(*level_from_number(record.severity(), LevelScale::kSyslog));
  if (!record.name.empty()) event_.name = record.name;
  event_.message = record.message;
  event_.add_int("facility", record.facility());
  event_.add_text("facility_name", kFacilityNames[static_cast<std::size_t>(record.facility())]);
  event_.add_int("severity", record.severity());
  if (!record.pid.empty()) {
    event_.pid = whole_number(record.pid);
    if (!event_.pid) event_.add_text("procid", record.pid);
  }
  if (!record.msgid.empty()) event_.add_text("msgid", record.msgid);
  if (record.has_data) {
    data_.clear();
    parser_.data().append_to(data_);
    event_.add("sd", RawValue(data_));
  }
  if (!record.time_text.empty()) event_.add_text("timestamp", record.time_text);
  if (record.time) event_.add_double("received", to_seconds(now));
  // Whoever sent it may say that it is anyone.
  if (!record.host.empty() && peer.remote) event_.add_text("peer", peer.host);
}

Status SyslogEvents::make(std::string_view text, const StreamPeer& peer, WallTime now, bool partial,
                          Event& out) {
  parser_.parse(text, now, record_);
  header_ = text.substr(0, static_cast<std::size_t>(record_.message.data() - text.data()));
  fill(record_, peer, now);
  if (partial) event_.add_bool("partial", true);
  event_.type = kSyslogSource;
  if (!type_template_.constant() || type_.empty())
    type_template_.render(event_, kSyslogSource, type_);
  event_.type = type_;
  body_.clear();
  OX_RETURN_IF_ERROR(event_.append_to(body_));
  out = {type_, event_.host, event_.end, body_};
  return ok_status();
}

}  // namespace ox
