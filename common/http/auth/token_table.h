#pragma once
// Tokens that stand for roles. Of a token only its secret_digest() is kept: a look-up takes as long
// for a wrong token as for a right one, and memory holds none in clear.
//
// The token file has one token a line, with its roles behind it, blanks or tabs between them;
// without roles it is a writer's. Empty lines and lines that begin with '#' count for nothing:
//
//   # the web servers
//   5up3rS3cretT0ken
//   an0therT0ken writer basic-reader
//
// A token is 1 to 4096 visible ASCII characters.
// Threading: any number of threads after construction.
#include <cstddef>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "common/base/status.h"
#include "common/http/auth/digest.h"
#include "common/http/auth/roles.h"

namespace ox {

class TokenTable {
 public:
  // Of a token file. Errors: kInvalid, naming the line; never citing what stands there, which may
  // be half a token. A file without a token and a token that stands twice are errors.
  static Result<TokenTable> parse(std::string_view text);

  // Blanks around the token are cut off, since no header can carry them. Errors: kInvalid when it
  // is empty, too long, or has a character that a header cannot carry; kExists.
  Status add(std::string_view token, Roles roles);

  bool empty() const { return roles_.empty(); }
  std::size_t size() const { return roles_.size(); }

  std::optional<Roles> find(std::string_view token) const;

  // Looks up what an Authorization (or Authentication) header presents: the whole value, or the
  // token behind Bearer, Token, ApiKey or Splunk. What stands behind ApiKey may be in the table as
  // it is sent, or decoded from base64 ("id:key"), as Elasticsearch hands it out.
  std::optional<Roles> find_presented(std::string_view header_value) const;

 private:
  std::unordered_map<Digest, Roles, DigestHash> roles_;
};

}  // namespace ox
