// What an administrator writes for authentication, and what anybody sends to pass it. The first
// byte chooses the reader.
#include <string>

#include "common/http/auth/authorization.h"
#include "common/http/auth/encoding.h"
#include "common/http/auth/ip_allow_list.h"
#include "common/http/auth/logger_verifier.h"
#include "common/http/auth/token_table.h"
#include "common/http/auth/user_file.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_authfile {
namespace {

// Says something in one line.
void check_complaint(const Status& status) {
  OX_CHECK(status.code() == Code::kInvalid);
  OX_CHECK(!status.message().empty());
  OX_CHECK(status.message().find('\n') == std::string::npos);
}

void fuzz_user_file(std::string_view text) {
  auto users = parse_user_file(text);
  if (!users.ok()) return check_complaint(users.status());
  OX_CHECK(!users->empty());
  for (const StretchedUser& user : *users) {
    OX_CHECK(!user.name.empty() && user.name.find(':') == std::string::npos);
    OX_CHECK(!user.salt.empty());
    OX_CHECK(user.digest.size() == digest_size(user.hash));
    OX_CHECK(user.iterations > 0 && user.iterations <= kMaxIterations);
  }
}

void fuzz_authorization(std::string_view value) {
  BasicHeader basic = parse_basic(value);
  OX_CHECK(basic.user.find(':') == std::string::npos);
  if (basic.kind != BasicHeader::Kind::kCredentials)
    OX_CHECK(basic.user.empty() && basic.password.empty());
  TokenTable table;
  OX_CHECK(table.add("token", Roles::all()).ok());
  // Only what has the token in it, in clear or as base64 behind ApiKey, may find it.
  if (table.find_presented(value))
    OX_CHECK(value.find("token") != std::string_view::npos ||
             decode_base64(token_behind_scheme(value)) == "token");
}

void fuzz_signature(std::string_view value) {
  static const FakeClock clock;
  static const LoggerVerifier verifier({"s3cret", {}}, Seconds(300), clock);
  for (const auto& found :
       {LoggerSignature::from_headers(value, ""), LoggerSignature::from_headers("", value),
        LoggerSignature::from_member(value)}) {
    if (!found.ok()) {
      OX_CHECK(found.status().code() == Code::kInvalid || found.status().code() == Code::kNotFound);
      continue;
    }
    SignedEvent event{value.substr(0, 3), "info", value};
    OX_CHECK(verifier.check(*found, event, value, clock.wall()) == LoggerVerifier::Verdict::kWrong);
  }
}

void fuzz_network(std::string_view text) {
  if (auto address = IpAddress::parse(text))
    OX_CHECK(IpAddress::parse(address->to_string()) == *address);
  (void)IpAllowList::parse(text);
  auto network = IpNetwork::parse(text);
  if (!network.ok()) return check_complaint(network.status());
  OX_CHECK(network->contains(network->address));
  auto again = IpNetwork::parse(network->to_string());
  OX_CHECK(again.ok() && *again == *network);
}

void fuzz_token_file(std::string_view text) {
  auto tokens = TokenTable::parse(text);
  if (!tokens.ok()) return check_complaint(tokens.status());
  OX_CHECK(!tokens->empty() && !tokens->find(""));
}

void fuzz_secrets_file(std::string_view text) {
  auto secrets = parse_logger_secrets(text);
  if (!secrets.ok()) return check_complaint(secrets.status());
  OX_CHECK(!secrets->empty());
  for (const auto& [facility, secret] : *secrets) OX_CHECK(!facility.empty() && !secret.empty());
}

}  // namespace

OX_FUZZ_TARGET(authfile, std::string_view input) {
  if (input.empty()) return;
  const char which = input.front();
  input.remove_prefix(1);
  switch (which) {
    case 'u':
      return fuzz_user_file(input);
    case 'a':
      return fuzz_authorization(input);
    case 's':
      return fuzz_signature(input);
    case 'n':
      return fuzz_network(input);
    case 't':
      return fuzz_token_file(input);
    case 'f':
      return fuzz_secrets_file(input);
    default:
      return;
  }
}

}  // namespace ox::fuzz_authfile
