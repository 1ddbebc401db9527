#pragma once
// From the bytes of an event to the text on standard output.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <msgpack.hpp>

#include "common/base/status.h"
#include "oxview/grouper.h"
#include "oxview/output.h"
#include "proto/utf8.h"

namespace ox {

struct PrintOptions {
  bool pretty = false;
  bool group = false;
  GroupRoots roots;
};

// Threading: one thread. Borrows the output.
class Printer {
 public:
  Printer(Output& output, PrintOptions options);

  // Prints an event, or with grouping its whole group once that is complete. Error: the bytes are
  // not one MessagePack value (kCorrupt, kTooLarge); nothing is printed then.
  Status print(std::string_view event);
  // Says on the log what grouping held back for ever. Call it once, at the end.
  void report_groups() const;

 private:
  Status print_one(std::string_view event);
  Status add_to_group(std::string_view event);
  Status print_group(const std::vector<std::string>& events);
  void append_header(const msgpack::object& event);

  Output& output_;
  const bool pretty_;
  const Controls controls_;
  std::unique_ptr<Grouper> grouper_;  // when grouping
};

}  // namespace ox
