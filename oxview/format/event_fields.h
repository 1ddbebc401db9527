#pragma once
// Fields of an event by name: the columns of docs/query.md, and places in the body. A name is
//
//   id, record_id, type, host, pid, start, end, ts, duration, level, name, message, body, logrec
//   body.user, body.request.headers[0].name, body."a key with a dot"
//   body->'user', body->>'$.request.headers[0]', body->'request'->>'method'
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/query/json_path.h"
#include "proto/event_slices.h"
#include "proto/utf8.h"

namespace ox {

class EventField {
 public:
  enum class Root {
    kId,
    kType,
    kHost,
    kPid,
    kStart,
    kEnd,
    kTs,
    kDuration,
    kLevel,
    kName,
    kMessage,
    kBody,
    kLogrec,
  };

  // Error: kInvalid, quoting the name.
  static Result<EventField> parse(std::string_view name);

  // As it was given.
  const std::string& name() const { return name_; }
  Root root() const { return root_; }
  const JsonPath& path() const { return path_; }  // below the root

 private:
  std::string name_;
  Root root_ = Root::kBody;
  JsonPath path_;
};

using FieldList = std::vector<EventField>;

// Names with commas between them, blanks around them ignored. Error: kInvalid.
Result<FieldList> parse_event_fields(std::string_view list);

// Looks fields of one event up after the other. Threading: one thread.
class FieldReader {
 public:
  // The event must outlive what is read of it.
  void set(std::string_view event);
  // Valid until the next call of set(). kInvalid for what the event does not have, and for nil; the
  // level of an event without one is 0. What is no map is an event of which only `body` is there:
  // itself.
  RawValue value(const EventField& field);

 private:
  RawValue root_of(const EventField& field);
  RawValue level();
  RawValue ts();
  RawValue duration();
  RawValue logrec();
  const BodySlices& heads();

  EventSlices slices_;
  BodySlices heads_;
  bool heads_known_ = false;
  std::string ts_;  // MessagePack of what is not in the event as such
  std::string duration_;
  std::string rest_;
};

// `value` as JSON; kInvalid as null.
void append_value_json(std::string& out, RawValue value);
// The same for people: text bare, kInvalid and nil as nothing.
void append_bare(std::string& out, RawValue value, Controls controls);

}  // namespace ox
