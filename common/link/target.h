#pragma once
// Where batches or events are sent, as people name it: an oxd by its collect address, whose link is
// one port above ("log-master", "log-master:3514"), the link itself ("link://HOST:PORT"), or an oxd
// that speaks only the old protocol ("blueox://HOST[:PORT]").
#include <string>
#include <string_view>

#include "common/base/address.h"
#include "common/base/status.h"

namespace ox {

struct Target {
  enum class Kind {
    kLink,    // acknowledged batches
    kBlueox,  // BlueOx v3 messages, which nobody acknowledges
  };

  Kind kind = Kind::kLink;
  Address address;        // to connect to: of the link, or of the collect socket
  std::string name;       // as it was named
  bool optional = false;  // an output that may miss events for which there is no room

  // Error: kInvalid, naming the text, also for what nobody can connect to ("off", "*", port 0).
  static Result<Target> parse(std::string_view text);
  // As parse(), but ",optional" may follow the target; it is no part of its name.
  static Result<Target> parse_forward(std::string_view text);
  // What parse_forward() reads as this.
  std::string text() const { return optional ? name + ",optional" : name; }

  // What it is called however it was named: for what has to be known again.
  std::string lasting_name() const;
  // The same peer in the same way, however it was named, and optional or not.
  bool same_as(const Target& other) const { return kind == other.kind && address == other.address; }
};

std::string_view target_kind_name(Target::Kind kind);  // "link", "blueox"

}  // namespace ox
