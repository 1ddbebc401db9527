#pragma once
// One event as a row: its columns, each looked up when it is asked for.
#include <string>
#include <string_view>
#include <vector>

#include <sqlite3.h>

#include "common/query/query_conditions.h"
#include "common/query/query_text.h"
#include "proto/event_slices.h"

namespace ox {

// What sqlite3_result_pointer() calls a RawValue that is a document.
inline constexpr const char* kDocumentPointer = "ox document";

// Threading: one thread. Bounds: keeps one body without its head.
class EventRow {
 public:
  // The event must outlive what is done with the row.
  void set(const EventSlices& slices);

  // The value of `column`. lifetime: of text that lies in the event.
  void give(int column, const std::vector<JsonColumn>& json, sqlite3_context* context,
            sqlite3_destructor_type lifetime);

 private:
  const BodySlices& heads();
  RawValue& logrec();
  void give_id(sqlite3_context* context, sqlite3_destructor_type lifetime) const;
  void give_level(sqlite3_context* context);
  void give_times(EventColumn column, sqlite3_context* context) const;

  EventSlices slices_;
  BodySlices heads_;
  RawValue logrec_;
  std::string rest_;  // what logrec_ views when the body has none
  bool heads_known_ = false;
  bool logrec_known_ = false;
};

}  // namespace ox
