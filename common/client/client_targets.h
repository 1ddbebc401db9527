#pragma once
// Where a client sends to, as ClientOptions::address names it.
#include <string>
#include <string_view>
#include <vector>

#include "common/base/address.h"
#include "common/base/status.h"
#include "common/link/target.h"

namespace ox {

struct ClientTargets {
  Target::Kind kind = Target::Kind::kLink;
  std::vector<Address> addresses;  // in order of preference; one when of kind kBlueox

  // Empty: what BLUEOX_HOST says, and without that the collect port of this machine. Error:
  // kInvalid, naming the text, and the variable when it came from there.
  static Result<ClientTargets> parse(std::string_view text);

  bool off() const { return addresses.empty(); }
  // What parse() understands.
  std::string to_string() const;
};

}  // namespace ox
