#pragma once
// The one place where foreign records become events. An API fills in what it knows, adds everything
// else the client sent as it came, and append_to() writes the stored event:
//   {id, type, host, pid, start, end, body: {level, level_name, name, message, ...}}
// docs/events.md says what the keys mean; what is absent here is left out, `end` is always there.
//
//   event.clear();
//   event.type = type; event.host = host; event.end = at.seconds;
//   event.set_level(level, token);
//   event.message = "hi";
//   for (const auto& entry : RawMap(record)) if (!known(entry.name)) event.add(entry);
//   event.append_to(out);
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "proto/raw_value.h"

namespace ox {

// Every view is borrowed until append_to() or clear(). Not thread-safe; keep one and clear() it.
class ForeignEvent {
 public:
  using Section = std::uint32_t;
  static constexpr Section kBody = 0;  // the body itself

  // The event. An id is a record's number or, when id_text is not empty, text.
  std::string_view type;  // neither cut nor checked here: 1 to kMaxNameBytes
  std::string_view host;  // the same
  std::string_view id_text;
  std::optional<std::uint64_t> id;
  std::optional<std::uint64_t> pid;
  std::optional<double> start;  // Unix seconds
  double end = 0;               // the same

  // The head of the body.
  std::optional<std::string_view> name;  // source, logger, facility, tag
  std::optional<std::string_view> message;

  void clear();

  // level: canonical (level.h). token: what the sender wrote, kept as `level_name` unless it is
  // just that level's number or name ("ERROR").
  void set_level(int level);
  void set_level(int level, std::string_view token);
  // token: any value. Keeps it when it is not a number or text as above.
  void set_level(int level, RawValue token);
  std::optional<int> level() const { return level_; }

  // A map within the body, under `name`; the same one for the same name. Left out when nothing is
  // added to it.
  Section section(std::string_view name);

  // One more pair. `value` is exactly one MessagePack value, as of JsonInput, a RawMap, or a peer's
  // bytes that passed checked_length(). A key that the head of the body or a section has is
  // written with '_' behind it, twice when that is taken, too; order and duplicates stay.
  void add(std::string_view key, RawValue value, Section section = kBody);
  void add(const RawMap::Entry& entry, Section section = kBody);  // keys that are no text, too
  void add_text(std::string_view key, std::string_view text, Section section = kBody);
  void add_int(std::string_view key, std::int64_t value, Section section = kBody);
  void add_uint(std::string_view key, std::uint64_t value, Section section = kBody);
  void add_double(std::string_view key, double value, Section section = kBody);
  void add_bool(std::string_view key, bool value, Section section = kBody);
  void add_nil(std::string_view key, Section section = kBody);

  // The text at `path`: a key of the body, or one of a section or a map in it, behind a dot. Keys may
  // have dots themselves; the longest that fits counts. Nothing when there is none, or it is no
  // text. Not for `level`, `name` and `message`.
  std::optional<std::string_view> find_text(std::string_view path) const;

  // Appends the event. Error: kTooLarge, over kMaxEventBytes, `out` as it was.
  Status append_to(std::string& out) const;

 private:
  struct Field {
    std::string_view key;      // text; empty with raw_key
    std::string_view raw_key;  // a key that is no text
    std::string_view value;    // MessagePack, or text that is still to be packed
    Section section = kBody;
    bool is_text = false;          // value is text
    std::uint8_t packed_size = 0;  // not 0: the value is `packed`
    char packed[9] = {};
  };

  Field& new_field(std::string_view key, Section section);
  std::optional<std::string_view> find_in(Section section, std::string_view path) const;
  bool taken(std::string_view key) const;
  bool has_field(std::string_view key) const;
  std::string free_key(std::string_view key) const;
  bool has_token() const { return !level_text_.empty() || !level_raw_.bytes().empty(); }
  std::size_t field_bound(const Field& field, bool& renamed) const;
  char* put_field(char* p, const Field& field, bool renamed) const;
  char* put_body(char* p, bool renamed) const;

  std::optional<int> level_;
  std::string_view level_text_;             // of the token, when it is text to be kept
  RawValue level_raw_;                      // the token, when it is another value to be kept
  std::vector<std::string_view> sections_;  // section n is sections_[n - 1]
  std::vector<Field> fields_;
  std::vector<std::uint32_t> counts_ = {0};  // of fields, by section
};

}  // namespace ox
