#include "common/http/auth/authorization.h"

#include <cstddef>

#include "common/http/auth/encoding.h"
#include "common/http/auth/words.h"
#include "proto/utf8.h"

namespace ox {
namespace {

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t start = at;
    // The character U+FFFD itself is as good as any other.
    if (next_code_point(text, at) == kReplacementCharacter &&
        text.substr(start, at - start) != "\xef\xbf\xbd")
      return false;
  }
  return true;
}

std::string utf8_of_latin1(std::string_view text) {
  std::string out;
  for (char c : text) append_utf8(out, static_cast<unsigned char>(c));
  return out;
}

}  // namespace

SchemeAndRest split_authorization(std::string_view value) {
  value = trimmed(value);
  std::size_t end = value.find_first_of(" \t");
  if (end == std::string_view::npos) return {value, {}};
  return {value.substr(0, end), trimmed(value.substr(end))};
}

BasicHeader parse_basic(std::string_view value) {
  BasicHeader out;
  SchemeAndRest parts = split_authorization(value);
  if (parts.scheme.empty()) return out;
  out.kind = BasicHeader::Kind::kOtherScheme;
  if (!equal_ignoring_case(parts.scheme, "basic")) return out;
  out.kind = BasicHeader::Kind::kUndecodable;
  auto decoded = decode_base64(parts.rest);
  if (!decoded) return out;
  std::string text = is_utf8(*decoded) ? std::move(*decoded) : utf8_of_latin1(*decoded);
  std::size_t colon = text.find(':');
  if (colon == std::string::npos) return out;
  out.kind = BasicHeader::Kind::kCredentials;
  out.user = text.substr(0, colon);
  out.password = text.substr(colon + 1);
  return out;
}

std::string_view token_behind_scheme(std::string_view value) {
  SchemeAndRest parts = split_authorization(value);
  for (std::string_view scheme : {"bearer", "token", "apikey", "splunk"})
    if (equal_ignoring_case(parts.scheme, scheme)) return parts.rest;
  return {};
}

}  // namespace ox
