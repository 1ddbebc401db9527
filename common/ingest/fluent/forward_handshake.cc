#include "common/ingest/fluent/forward_handshake.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "common/http/auth/digest.h"
#include "common/http/auth/secret_file.h"
#include "common/ingest/model/pack.h"

namespace ox {
namespace {

constexpr std::size_t kPingElements = 6;

std::string salted(std::string_view salt, std::string_view host, std::string_view nonce,
                   std::string_view key) {
  std::string text(salt);
  text.append(host).append(nonce).append(key);
  return sha512_hex(text);
}

// Ruby's reader and others make text of it either way.
void pack_bin(std::string& out, std::string_view bytes) {
  out.push_back('\xc4');
  out.push_back(static_cast<char>(bytes.size()));
  out.append(bytes);
}

std::string_view next_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

Result<ForwardSecurity> load_forward_security(FileSystem& fs, const std::string& path,
                                              const std::string& hostname) {
  auto file = read_secret_file(fs, path, Contents::kSecrets);
  if (!file.ok()) return file.status();
  ForwardSecurity out;
  out.hostname = hostname;
  std::size_t number = 0;
  for (std::string_view rest = file->text; !rest.empty();) {
    ++number;
    const std::string_view line = next_line(rest);
    if (line.empty() || line.starts_with('#')) continue;
    if (out.shared_key.empty()) {
      out.shared_key = line;
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos)
      return Status(Code::kInvalid, fmt::format("{}: line {} is not USER:PASSWORD", path, number));
    out.users.insert_or_assign(std::string(line.substr(0, colon)), line.substr(colon + 1));
  }
  if (out.shared_key.empty())
    return Status(Code::kInvalid, fmt::format("{}: there is no key in it", path));
  return out;
}

ForwardHandshake::ForwardHandshake(const ForwardSecurity& security, std::string nonce,
                                   std::string salt)
    : security_(security),
      nonce_(std::move(nonce)),
      salt_(security.users.empty() ? std::string() : std::move(salt)) {}

std::string ForwardHandshake::helo() const {
  std::string out;
  pack_array_header(out, 2);
  pack_text(out, "HELO");
  pack_map_header(out, 3);
  pack_text(out, "nonce");
  pack_bin(out, nonce_);
  pack_text(out, "auth");
  pack_bin(out, salt_);
  pack_text(out, "keepalive");
  pack_bool(out, true);
  return out;
}

ForwardHandshake::Answer ForwardHandshake::refuse(std::string reason) const {
  Answer answer;
  pack_array_header(answer.pong, 5);
  pack_text(answer.pong, "PONG");
  pack_bool(answer.pong, false);
  pack_text(answer.pong, reason);
  pack_text(answer.pong, "");
  pack_text(answer.pong, "");
  answer.reason = std::move(reason);
  return answer;
}

ForwardHandshake::Answer ForwardHandshake::answer(RawValue ping) const {
  std::array<std::string_view, kPingElements> parts;
  std::size_t count = 0;
  for (RawValue part : RawArray(ping)) {
    const auto text = part.as_text();
    if (!text || count == parts.size()) return refuse("invalid ping message");
    parts[count++] = *text;
  }
  const auto& [word, client, key_salt, key_digest, user, password_digest] = parts;
  if (count != kPingElements || word != "PING") return refuse("invalid ping message");
  if (!equal_in_constant_time(key_digest, salted(key_salt, client, nonce_, security_.shared_key)))
    return refuse("shared_key mismatch");
  if (!security_.users.empty()) {
    auto known = security_.users.find(user);
    // As long a calculation for a user that there is not.
    std::string_view password;
    if (known != security_.users.end()) password = known->second;
    const bool right = equal_in_constant_time(password_digest, salted(salt_, user, password, ""));
    if (!right || known == security_.users.end()) return refuse("username/password mismatch");
  }
  Answer answer;
  answer.accepted = true;
  pack_array_header(answer.pong, 5);
  pack_text(answer.pong, "PONG");
  pack_bool(answer.pong, true);
  pack_text(answer.pong, "");
  pack_text(answer.pong, security_.hostname);
  pack_text(answer.pong, salted(key_salt, security_.hostname, nonce_, security_.shared_key));
  return answer;
}

}  // namespace ox
