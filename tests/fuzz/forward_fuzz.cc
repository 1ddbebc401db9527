// What a Forward client sends: the bytes in pieces of the size that the first byte says, to a whole
// session; and each of its messages, whose events must be the same made either way.
#include <algorithm>
#include <string>
#include <vector>

#include "common/ingest/fluent/forward_session.h"
#include "proto/event_view.h"
#include "tests/fuzz/target.h"
#include "tests/unit/stream/played_connection.h"

namespace ox::fuzz_forward {
namespace {

// The lengths of the values that follow each other, and how it ends.
std::pair<std::vector<std::size_t>, PackedFramer::Answer> frames_of(std::string_view bytes,
                                                                    std::size_t step) {
  PackedFramer framer(kMaxForeignDepth, 1 << 20);
  std::vector<std::size_t> sizes;
  std::size_t at = 0;
  std::size_t end = 0;
  while (true) {
    const auto answer = framer.look(bytes.substr(at, end - at));
    if (answer == PackedFramer::Answer::kWhole) {
      at += framer.size();
      sizes.push_back(framer.size());
      OX_CHECK(at <= end && checked_length(bytes.substr(at - sizes.back())).ok());
    } else if (answer == PackedFramer::Answer::kBroken || end == bytes.size()) {
      return {sizes, answer};
    } else {
      OX_CHECK(framer.wanted() > end - at);
      end = std::min(end + step, bytes.size());
    }
  }
}

void check_event(std::string_view body) {
  std::size_t used = 0;
  OX_CHECK(Decoded::decode(body, &used).ok() && used == body.size());
}

void check_message(RawValue value) {
  auto message = ForwardMessage::parse(value);
  if (!message.ok()) return;
  static FluentEvents events({});
  events.begin(message->tag, "h", 1000);
  ForwardLimits limits;
  limits.inflated = 1 << 20;
  ForwardEntries entries(*message, limits);
  ForwardEntries::Entry entry;
  while (true) {
    const auto answer = entries.next(entry);
    if (answer == ForwardEntries::Answer::kEnd || answer == ForwardEntries::Answer::kBroken) return;
    if (answer == ForwardEntries::Answer::kInvalid) continue;
    EventGroup::Event made;
    Status quick = events.make(entry, made);
    const std::string body(made.body);
    const std::string names = std::string(made.type) + '\0' + std::string(made.host);
    const double end = made.end;
    Status slow = events.make_slow(entry, made);
    OX_CHECK(quick.code() == slow.code());
    if (!quick.ok()) continue;
    OX_CHECK(body == made.body && end == made.end);
    OX_CHECK(names == std::string(made.type) + '\0' + std::string(made.host));
    check_event(body);
  }
}

}  // namespace

OX_FUZZ_TARGET(forward, std::string_view input) {
  set_log_level(LogLevel::kError);
  if (input.empty()) return;
  const std::size_t step = static_cast<unsigned char>(input.front()) % 64 + 1;
  input.remove_prefix(1);
  const auto [sizes, answer] = frames_of(input, step);
  OX_CHECK(frames_of(input, input.size() + 1) == std::pair(sizes, answer));
  std::size_t at = 0;
  for (std::size_t size : sizes) {
    check_message(RawValue(input.substr(at, size)));
    at += size;
  }

  PlayedOutlet out;
  ForwardOptions options;
  options.max_message = 1 << 20;
  options.limits.inflated = 1 << 20;
  ForwardProtocol protocol(options, out.outlet, out.metrics);
  PlayedConnection connection;
  auto session = protocol.open(connection);
  for (std::size_t i = 0; i < input.size() && !connection.aborted; i += step) {
    connection.feed(*session, input.substr(i, step));
    session->settle();
    connection.answer(1);
  }
  if (!connection.aborted) session->finish(connection.rest);
  connection.answer();
  out.outlet.flush();
  for (const std::string& body : connection.gate.bodies) check_event(body);
  for (const std::string& body : out.gate.bodies) check_event(body);
}

}  // namespace ox::fuzz_forward
