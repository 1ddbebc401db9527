// A form or a JSON document as a log record, and the record as an event and as an answer. The first
// byte chooses the model and the format.
#include "common/ingest/api/chronologer/form_record.h"
#include "common/ingest/api/chronologer/log_record.h"
#include "common/ingest/api/chronologer/record_chunk.h"
#include "common/ingest/model/json_text.h"
#include "proto/event_view.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_record {
namespace {

bool append_document(bool form, std::string_view text, std::string& out) {
  if (!form) return append_json_document(text, out);
  auto pairs = parse_pairs(text);
  return pairs.ok() && append_form_record(*pairs, out).ok();
}

void check_record(const LogRecord& record) {
  std::string logrec;
  record.pack_logrec(logrec);
  std::size_t used = 0;
  OX_CHECK(Decoded::decode(logrec, &used).ok() && used == logrec.size());

  ForeignEvent event;
  record.fill(event, logrec);
  event.id = 1;
  event.type = "t";
  std::string stored;
  if (!event.append_to(stored).ok()) return;
  auto decoded = Decoded::decode(stored, &used);
  OX_CHECK(decoded.ok() && used == stored.size());
  // Whatever keys the sender chose, a reader finds the record.
  RawValue body = *RawValue(stored).find("body");
  OX_CHECK(body.find("name")->as_text() == record.name());
  OX_CHECK(body.find("message")->as_text() == record.message());
  OX_CHECK(body.find("level")->as_int() == record.level());
  OX_CHECK(body.find("logrec")->bytes() == logrec);

  std::string answer;
  append_record_json(answer, record, logrec, 1);
  JsonTextParser parser(kMaxEventDepth);
  std::string read_back;
  OX_CHECK(parser.parse_front(answer, used, read_back).ok() && used == answer.size());
}

}  // namespace

OX_FUZZ_TARGET(record, std::string_view input) {
  if (input.empty()) return;
  const auto choice = static_cast<unsigned char>(input.front());
  std::string document;
  if (!append_document(choice / 3 % 2 == 1, input.substr(1), document)) {
    OX_CHECK(document.empty());
    return;
  }
  LogRecord record;
  auto error =
      record.read(RawValue(document), static_cast<RecordModel>(choice % 3), Seconds(1'600'000'000));
  if (error) {
    OX_CHECK(error->status == 400 && !error->type.empty() && !error->message.empty());
    OX_CHECK(choice % 3 != static_cast<unsigned>(RecordModel::kRaw));
    return;
  }
  check_record(record);
}

}  // namespace ox::fuzz_record
