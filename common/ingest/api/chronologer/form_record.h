#pragma once
// The pairs of a form, which urlencode() made of a LogRecord's __dict__, as the document they were:
// values that are Python literals become what they stand for again (python_literal.h). Text stays
// text in what is text by nature (name, msg, message, exc_text, pathname, threadName, ...), so that
// logging "42" gives "42"; of those, only "None" is null, and not even that in name, msg and
// message. A key that comes several times has an array of its values, as text.
#include <string>

#include "common/base/status.h"
#include "common/http/url.h"

namespace ox {

// Appends one MessagePack map, which has the keys in the order of their first appearance. Error:
// kInvalid, when a key or a value is not UTF-8; `out` as it was.
Status append_form_record(const HttpPairs& pairs, std::string& out);

}  // namespace ox
