// Times: what is read is in range, and reads the same when it is written and read again.
#include "common/ingest/model/level.h"
#include "common/ingest/model/pack.h"
#include "common/ingest/model/timestamp.h"
#include "common/ingest/model/type_template.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_timestamp {

static void check(const Timestamp& time) {
  auto again = parse_timestamp(format_python_utc(time.at));
  OX_CHECK(again.ok() && again->at == time.at);
}

OX_FUZZ_TARGET(timestamp, std::string_view input) {
  if (auto time = parse_timestamp(input); time.ok()) {
    check(*time);
  } else {
    OX_CHECK(!time.status().message().empty());
  }
  std::string packed;
  pack_text(packed, input);
  // Text that is a time or a number, and the bytes taken for a value.
  for (RawValue value : {RawValue(packed), RawValue(input)}) {
    if (auto time = timestamp_from(value); time.ok()) check(*time);
    for (LevelScale scale :
         {LevelScale::kPython, LevelScale::kSyslog, LevelScale::kEventlogOld, LevelScale::kOtlp})
      if (auto level = level_from(value, scale)) OX_CHECK(*level >= 0 && *level <= 255);
  }

  ForeignEvent event;
  event.type = "type";
  event.name = input;
  std::string type;
  if (auto made = TypeTemplate::parse(input); made.ok()) {
    made->render(event, "source", type);
    OX_CHECK(!type.empty() && type.size() <= 63);
  }
  TypeTemplate::parse("{name}.{name|}")->render(event, "source", type);
  OX_CHECK(!type.empty() && type.size() <= 63);
}

}  // namespace ox::fuzz_timestamp
