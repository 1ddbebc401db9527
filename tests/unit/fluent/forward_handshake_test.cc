#include "common/ingest/fluent/forward_handshake.h"

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/http/auth/digest.h"
#include "common/ingest/model/pack.h"
#include "tests/unit/model/packed.h"

namespace ox {
namespace {

const std::string kNonce(16, 'N');
const std::string kSalt(16, 'S');
const std::string kKeySalt = "0123456789abcdef0123456789abcdef";

ForwardSecurity with_key() { return {"secret", {}, "server.local"}; }

std::string array_of(const std::vector<std::string>& parts) {
  std::string out;
  pack_array_header(out, parts.size());
  for (const std::string& part : parts) pack_text(out, part);
  return out;
}

std::string ping_with(const std::string& key, const std::string& user = "",
                      const std::string& password = "") {
  return array_of({"PING", "client.local", kKeySalt,
                   sha512_hex(kKeySalt + "client.local" + kNonce + key), user,
                   sha512_hex(kSalt + user + password)});
}

std::string reason_of(const ForwardSecurity& security, const std::string& ping) {
  ForwardHandshake handshake(security, kNonce, kSalt);
  auto answer = handshake.answer(RawValue(ping));
  CHECK(answer.accepted == answer.reason.empty());
  if (!answer.accepted)
    CHECK(json_of(answer.pong) == R"(["PONG", false, ")" + answer.reason + R"(", "", ""])");
  return answer.reason;
}

TEST_CASE("the digests are those of the protocol") {
  CHECK(sha512_hex(kKeySalt + "client.local" + kNonce + "secret")
            .starts_with("d9123626232b64d84a9af2926dcd89a9"));
  const ForwardSecurity security = with_key();
  ForwardHandshake handshake(security, kNonce, kSalt);
  auto answer = handshake.answer(RawValue(ping_with("secret")));
  CHECK(answer.accepted);
  CHECK(
      json_of(answer.pong)
          .starts_with(R"(["PONG", true, "", "server.local", "fa7308d196f5c1298fdfcee46840dc6c)"));
}

TEST_CASE("HELO has the nonce, and a salt for passwords when there are users") {
  ForwardSecurity security = with_key();
  CHECK(json_of(ForwardHandshake(security, kNonce, kSalt).helo()) ==
        R"(["HELO", {"nonce": "NNNNNNNNNNNNNNNN", "auth": "", "keepalive": true}])");
  security.users = {{"bob", "pw"}};
  CHECK(
      json_of(ForwardHandshake(security, kNonce, kSalt).helo()) ==
      R"(["HELO", {"nonce": "NNNNNNNNNNNNNNNN", "auth": "SSSSSSSSSSSSSSSS", "keepalive": true}])");
}

TEST_CASE("another key, and a message that is no PING, are refused with the protocol's words") {
  const ForwardSecurity security = with_key();
  CHECK(reason_of(security, ping_with("secret")) == "");
  CHECK(reason_of(security, ping_with("Secret")) == "shared_key mismatch");
  CHECK(reason_of(security, ping_with("")) == "shared_key mismatch");
  for (const std::string& ping :
       {packed(R"(["t", 1, {}])"), packed("5"), packed("[]"),
        array_of({"PING", "a", "b", "c", "d"}), array_of({"PING", "a", "b", "c", "d", "e", "f"}),
        array_of({"PONG", "a", "b", "c", "d", "e"}), packed(R"(["PING", 1, "b", "c", "d", "e"])")})
    CHECK(reason_of(security, ping) == "invalid ping message");
}

TEST_CASE("where there are users, one of them has to be named") {
  ForwardSecurity security = with_key();
  security.users = {{"bob", "pw"}, {"nobody", ""}};
  CHECK(reason_of(security, ping_with("secret", "bob", "pw")) == "");
  CHECK(reason_of(security, ping_with("secret", "nobody", "")) == "");
  for (const auto& [user, password] :
       {std::pair("bob", "px"), std::pair("eve", "pw"), std::pair("eve", ""), std::pair("", "")})
    CHECK(reason_of(security, ping_with("secret", user, password)) == "username/password mismatch");
  CHECK(reason_of(security, ping_with("other", "bob", "pw")) == "shared_key mismatch");
}

class KeyFile {
 public:
  explicit KeyFile(std::string_view text, unsigned mode = 0600) {
    char name[] = "/tmp/ox_forward_key_XXXXXX";
    const int fd = ::mkstemp(name);
    REQUIRE(fd >= 0);
    path = name;
    REQUIRE(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    ::fchmod(fd, mode);
    ::close(fd);
  }
  ~KeyFile() { ::unlink(path.c_str()); }
  KeyFile(const KeyFile&) = delete;
  KeyFile& operator=(const KeyFile&) = delete;

  Result<ForwardSecurity> load() const {
    return load_forward_security(FileSystem::real(), path, "me");
  }
  std::string path;
};

TEST_CASE("a key file has the key on its first line, and users behind it") {
  auto loaded = KeyFile("# comment\n\nthe key\r\nbob:p:w\n\neve:\n").load();
  REQUIRE(loaded.ok());
  CHECK(loaded->shared_key == "the key");
  CHECK(loaded->hostname == "me");
  CHECK(loaded->users ==
        std::map<std::string, std::string, std::less<>>{{"bob", "p:w"}, {"eve", ""}});
  CHECK(loaded->required());
}

TEST_CASE("a key file without a key, with a line that is no user, or open to all is refused") {
  for (const char* text : {"", "# only a comment\n", "key\nno user\n", "key\n:password\n"}) {
    CAPTURE(text);
    KeyFile file(text);
    auto loaded = file.load();
    CHECK(loaded.status().code() == Code::kInvalid);
    CHECK(loaded.status().message().find(file.path) != std::string::npos);
  }
  CHECK(KeyFile("key\n", 0644).load().status().code() == Code::kInvalid);
  CHECK(load_forward_security(FileSystem::real(), "/nonexistent/key", "me").status().code() ==
        Code::kNotFound);
}

}  // namespace
}  // namespace ox
