#pragma once
// The events of one request's body, one after the other: in documents that are there whole, or in
// lines and MessagePack while they come.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "proto/raw_value.h"

namespace ox {

struct UploadItem {
  std::size_t index = 0;  // among the items, from 0
  std::size_t line = 0;   // in the body, from 1; 0: the body has no lines
  Status status = {};     // why there is no document: kInvalid, or kTooLarge, it is too long
  RawValue document = RawValue();
  std::string_view text = {};  // of the document, where it is at hand

  // For people: "line 4" or "index 3".
  std::string where() const;
};

// Not thread-safe.
class UploadItems {
 public:
  virtual ~UploadItems() = default;

  // The next one; its views are good until the next call. False when there is none, or none yet.
  virtual bool next(UploadItem& out) = 0;
  // More of the body, and its end.
  virtual void append(std::string_view) {}
  virtual void end() {}
  // Nothing more will come than next() has.
  virtual bool ended() const = 0;
  // The body is one document, and no list of one. Once next() has given all.
  virtual bool single() const { return false; }
};

// Values of MessagePack that stand behind each other; of an array the elements are items. body: the
// JSON text of `documents` when they are one array, whose items then have their texts; or "".
std::unique_ptr<UploadItems> document_items(std::string documents, std::string body = {});

struct LineRules {
  std::size_t max_line = 1 << 20;  // bytes; a longer one is too large, and passed over
  bool skip_blank = true;          // otherwise a blank line is a document that is none
  bool utf8_only = false;          // of JSON
  bool json = true;                // otherwise a line is a document of one text, as it stands
};
// Memory: what was appended and not asked for, and a line.
std::unique_ptr<UploadItems> line_items(const LineRules& rules);

// The same items, of the first max_bytes of the body; then one that says that there is more, and
// the end. So that a body that is small as it is sent and has no end when it is unpacked costs only
// so much.
std::unique_ptr<UploadItems> bounded_items(std::unique_ptr<UploadItems> items,
                                           std::uint64_t max_bytes);

// Appends the documents of a JSON text: one, or several behind each other. Errors: kInvalid, saying
// where; kTooLarge (nested too deeply).
Status append_json_documents(std::string_view text, std::string& out);

}  // namespace ox
