// Python's literals and its formatting: what comes out is MessagePack, and a msg with args never does
// more than give text or an error.
#include "common/ingest/model/json_text.h"
#include "common/ingest/model/python_format.h"
#include "common/ingest/model/python_literal.h"
#include "common/ingest/model/python_repr.h"
#include "proto/event_view.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_python_literal {

OX_FUZZ_TARGET(python_literal, std::string_view input) {
  std::string out = "x";
  if (!append_python_literal(input, out)) {
    OX_CHECK(out == "x");
  } else {
    std::string_view packed = std::string_view(out).substr(1);
    auto length = msgpack_length(packed);
    OX_CHECK(length.ok() && *length == packed.size());
    // Its repr() is a literal again, with the same value.
    std::string repr;
    append_python_repr(repr, RawValue(packed));
    std::string again;
    if (append_python_literal(repr, again)) {
      std::string repr_again;
      append_python_repr(repr_again, RawValue(again));
      OX_CHECK(repr == repr_again);
    }
  }

  // The format up to the first line's end, the arguments as JSON behind it.
  std::size_t line = input.find('\n');
  if (line == std::string_view::npos) return;
  JsonTextParser parser;
  std::string args;
  std::size_t used = 0;
  if (!parser.parse_front(input.substr(line + 1), used, args).ok()) return;
  auto text = python_format(input.substr(0, line), RawValue(args), 4096);
  if (text.ok()) OX_CHECK(text->size() <= 4096);
}

}  // namespace ox::fuzz_python_literal
