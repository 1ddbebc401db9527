#include "common/read/api/oxd/streamed_events.h"

#include <string>
#include <utility>

#include "common/read/api/read_handler.h"
#include "common/read/event_json.h"
#include "proto/json.h"

namespace ox {
namespace {

constexpr std::size_t kStreamedPiece = 64 << 10;
// How long a slow client is waited for before it is asked again whether there is still time.
constexpr Micros kRoomBeat = Millis(250);

class StreamedLines {
 public:
  StreamedLines(ScanJob& job, bool places) : job_(job), places_(places) {}

  // False: nobody takes them any more, or not in time.
  bool add(std::string_view event, const LogPlace& place) {
    if (!append_event_json(lines_, event, places_ ? &place : nullptr)) return true;
    lines_ += '\n';
    return lines_.size() < kStreamedPiece || flush();
  }

  void end(const Status& status) {
    if (!status.ok() && !job_.streaming()) {
      job_.reply().send_error(read_error(status, job_));
      return;
    }
    if (!status.ok()) {
      const HttpError error = read_error(status, job_);
      lines_ += R"({"error": {"type": ")";
      lines_ += error_type(error.status);
      lines_ += R"(", "message": )";
      append_json_string(lines_, error.message);
      lines_ += "}}\n";
    }
    HttpStream& stream = begun();
    stream.write(std::move(lines_));
    stream.end();
  }

 private:
  HttpStream& begun() {
    if (!job_.streaming()) {
      HttpResponse head(200);
      head.header("Content-Type", "application/x-ndjson").header("Cache-Control", "no-cache");
      job_.begin_stream(std::move(head));
    }
    return job_.stream();
  }
  bool flush() {
    HttpStream& stream = begun();
    while (!stream.wait_for_room(kRoomBeat))
      if (!job_.go_on()) return false;
    return stream.write(std::exchange(lines_, {}));
  }

  ScanJob& job_;
  const bool places_;
  std::string lines_;
};

}  // namespace

void stream_newest_events(ScanJob& job, StoreReader& reader, const EventSelection& wanted,
                          PageRange page, bool places) {
  ScanOptions options;
  options.order = ScanOptions::Order::kNewestFirst;
  StreamedLines lines(job, places);
  std::uint64_t number = 0;
  const Status status = reader.for_each(
      wanted,
      [&](std::string_view event, const EventSlices& slices,
          const LogPlace& place) -> Result<bool> {
        if (!event_time(slices)) return false;  // nor do those that follow have one
        if (number++ < page.left) return true;
        return lines.add(event, place) && number <= page.right;
      },
      options);
  lines.end(status);
}

}  // namespace ox
