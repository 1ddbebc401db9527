#include "common/http/auth/token_table.h"

#include <string>

#include <fmt/format.h>

#include "common/http/auth/authorization.h"
#include "common/http/auth/encoding.h"
#include "common/http/auth/words.h"

namespace ox {

static constexpr std::size_t kMaxToken = 4096;

Status TokenTable::add(std::string_view token, Roles roles) {
  token = trimmed(token);
  if (token.empty()) return Status(Code::kInvalid, "the token is empty");
  if (token.size() > kMaxToken)
    return Status(Code::kInvalid, fmt::format("the token has more than {} characters", kMaxToken));
  for (char c : token)
    if (c < ' ' || c > '~')
      return Status(Code::kInvalid, "the token has a character that is not visible ASCII");
  if (!roles_.emplace(secret_digest(token), roles).second)
    return Status(Code::kExists, "the token stands there twice");
  return ok_status();
}

Result<TokenTable> TokenTable::parse(std::string_view text) {
  TokenTable table;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    std::size_t end = text.find('\n');
    std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    auto words = words_of(line);
    Roles roles;
    for (std::size_t i = 1; i < words.size(); ++i)
      if (!roles.add(words[i]))
        return Status(Code::kInvalid, fmt::format("line {}: word {} is no role (there are {})",
                                                  number, i + 1, known_roles()));
    if (words.size() == 1) roles.add(Role::kWriter);
    if (Status added = table.add(words[0], roles); !added.ok())
      return Status(Code::kInvalid, fmt::format("line {}: {}", number, added.message()));
  }
  if (table.empty()) return Status(Code::kInvalid, "has no token in it");
  return table;
}

std::optional<Roles> TokenTable::find(std::string_view token) const {
  if (token.empty() || roles_.empty()) return std::nullopt;
  auto it = roles_.find(secret_digest(token));
  if (it == roles_.end()) return std::nullopt;
  return it->second;
}

std::optional<Roles> TokenTable::find_presented(std::string_view header_value) const {
  std::string_view value = trimmed(header_value);
  if (auto roles = find(value)) return roles;
  std::string_view token = token_behind_scheme(value);
  if (auto roles = find(token)) return roles;
  if (!equal_ignoring_case(split_authorization(value).scheme, "apikey")) return std::nullopt;
  auto decoded = decode_base64(token);
  if (!decoded) return std::nullopt;
  return find(*decoded);
}

}  // namespace ox
