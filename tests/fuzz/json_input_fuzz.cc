// JSON: both parsers agree, whatever they make is MessagePack, and a stream of documents comes out
// the same however it is cut into pieces.
#include "common/ingest/model/json_input.h"
#include "common/ingest/model/json_stream.h"
#include "proto/event_view.h"
#include "proto/raw_value.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_json_input {

static void check_packed(std::string_view bytes) {
  auto length = msgpack_length(bytes);
  OX_CHECK(length.ok() && *length == bytes.size());
  auto checked = checked_length(bytes);
  OX_CHECK(checked.ok() && *checked == bytes.size());
  OX_CHECK(skip_value(bytes) == bytes.size());
}

static void check_document(std::string_view input) {
  static JsonInput both;
  JsonTextParser tolerant;
  std::string out = "x";
  std::string other = "x";
  std::size_t used = 0;
  Status status = both.append(input, out);
  Status alone = tolerant.parse_front(input, used, other);
  if (!status.ok()) {
    OX_CHECK(out == "x");
    OX_CHECK(!status.message().empty());
    OX_CHECK(alone.ok() || other == "x");
    return;
  }
  // What simdjson took, the other parser takes, too, with the same result and nothing forgiven.
  OX_CHECK(alone.ok() && used <= input.size());
  OX_CHECK(out == other);
  const JsonNotes& notes = both.notes();
  OX_CHECK(notes.non_finite == tolerant.notes().non_finite);
  OX_CHECK(notes.number_as_text == tolerant.notes().number_as_text);
  OX_CHECK(notes.lone_surrogate == tolerant.notes().lone_surrogate);
  OX_CHECK(notes.invalid_utf8 == tolerant.notes().invalid_utf8);
  check_packed(std::string_view(out).substr(1));
}

static std::string split(std::string_view input, std::size_t piece) {
  static JsonInput parser;
  JsonStream stream(parser, 64);
  std::string seen;
  auto drain = [&] {
    for (std::string out; true; out.clear()) {
      JsonStream::Answer answer = stream.next(out);
      if (answer == JsonStream::Answer::kMore) break;
      OX_CHECK(out.empty() == (answer == JsonStream::Answer::kBad));
      if (!out.empty()) check_packed(out);
      OX_CHECK(stream.bad_text().size() <= 64);
      seen += out.empty() ? "<" + std::string(stream.bad_text()) + ">" : out;
    }
  };
  for (std::size_t at = 0; at < input.size(); at += piece) {
    stream.feed(input.substr(at, piece));
    drain();
  }
  stream.finish();
  drain();
  OX_CHECK(stream.waiting() == 0);
  return seen;
}

OX_FUZZ_TARGET(json_input, std::string_view input) {
  check_document(input);

  static JsonInput parser;
  std::string out;
  for (std::string_view rest = input; true; out.clear()) {
    auto more = parser.append_next(rest, out);
    if (!more.ok() || !*more) break;
    check_packed(out);
  }

  std::string whole = split(input, input.size() + 1);
  OX_CHECK(split(input, 1) == whole);
  OX_CHECK(split(input, 7) == whole);

  // Views over anything end, and stay inside it.
  for (const RawMap::Entry& entry : RawMap(RawValue(input)))
    OX_CHECK(entry.value.bytes().data() + entry.value.bytes().size() <=
             input.data() + input.size());
  if (auto length = checked_length(input); length.ok()) {
    OX_CHECK(*length == skip_value(input));
    OX_CHECK(msgpack_length(input).ok());
  }
}

}  // namespace ox::fuzz_json_input
