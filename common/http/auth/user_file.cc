#include "common/http/auth/user_file.h"

#include <array>
#include <optional>
#include <string>
#include <unordered_map>

#include <fmt/format.h>
#include <simdjson.h>

#include "common/http/auth/encoding.h"
#include "common/http/auth/words.h"

namespace ox {
namespace {

namespace json = simdjson::dom;

enum Field { kUsername, kPbkdf2, kHashname, kSalt, kIterations, kRoles, kFieldCount };
constexpr std::array<std::string_view, kFieldCount> kFieldNames = {
    "username", "pbkdf2", "hashname", "salt", "iterations", "roles"};

// One object of the list, and how errors call it.
class EntryReader {
 public:
  explicit EntryReader(std::size_t number) : where_(fmt::format("entry {}", number)) {}

  Result<StretchedUser> read(json::element element) {
    json::object object;
    if (element.get(object) != simdjson::SUCCESS) return error("is not an object");
    OX_RETURN_IF_ERROR(collect(object));
    StretchedUser user;
    OX_RETURN_IF_ERROR(read_name(user));
    OX_RETURN_IF_ERROR(read_digest(user));
    OX_RETURN_IF_ERROR(read_iterations(user));
    OX_RETURN_IF_ERROR(read_roles(user));
    return user;
  }

  Status error(std::string_view what) const {
    return Status(Code::kInvalid, fmt::format("{}: {}", where_, what));
  }

 private:
  Status wrong(Field field, std::string_view what) const {
    return error(fmt::format("\"{}\" {}", kFieldNames[field], what));
  }

  Status collect(json::object object) {
    std::optional<Field> repeated;
    for (json::key_value_pair pair : object) {
      for (std::size_t i = 0; i < kFieldCount; ++i) {
        if (pair.key != kFieldNames[i]) continue;
        if (fields_[i]) repeated = static_cast<Field>(i);
        fields_[i] = pair.value;
      }
    }
    std::string_view name;
    if (fields_[kUsername] && fields_[kUsername]->get(name) == simdjson::SUCCESS)
      where_ += fmt::format(" ({})", quoted_name(name));
    if (repeated) return wrong(*repeated, "stands twice");
    for (std::size_t i = 0; i < kFieldCount; ++i)
      if (!fields_[i]) return wrong(static_cast<Field>(i), "is missing");
    return ok_status();
  }

  Status text(Field field, std::string_view& out) const {
    if (fields_[field]->get(out) != simdjson::SUCCESS) return wrong(field, "is not a string");
    if (out.empty()) return wrong(field, "is empty");
    return ok_status();
  }

  Status read_name(StretchedUser& user) const {
    std::string_view name;
    OX_RETURN_IF_ERROR(text(kUsername, name));
    if (name.find(':') != std::string_view::npos) return wrong(kUsername, "has a colon in it");
    user.name = name;
    return ok_status();
  }

  Status read_digest(StretchedUser& user) const {
    std::string_view name, salt, hex;
    OX_RETURN_IF_ERROR(text(kPbkdf2, hex));
    OX_RETURN_IF_ERROR(text(kHashname, name));
    OX_RETURN_IF_ERROR(text(kSalt, salt));
    auto hash = parse_pbkdf2_hash(name);
    if (!hash) return wrong(kHashname, "is none of sha1, sha256, sha384, sha512");
    auto digest = decode_hex(hex);
    if (!digest) return wrong(kPbkdf2, "is not hex");
    if (digest->size() != digest_size(*hash))
      return wrong(kPbkdf2, fmt::format("has {} bytes, but a digest of its hashname has {}",
                                        digest->size(), digest_size(*hash)));
    user.hash = *hash;
    user.salt = salt;
    user.digest = std::move(*digest);
    return ok_status();
  }

  Status read_iterations(StretchedUser& user) const {
    std::uint64_t count = 0;
    if (fields_[kIterations]->get(count) != simdjson::SUCCESS)
      return wrong(kIterations, "is not a whole number above 0");
    if (count == 0) return wrong(kIterations, "is 0");
    if (count > kMaxIterations)
      return wrong(kIterations, fmt::format("is {}, more than {}", count, kMaxIterations));
    user.iterations = static_cast<std::uint32_t>(count);
    return ok_status();
  }

  Status read_roles(StretchedUser& user) const {
    json::array roles;
    if (fields_[kRoles]->get(roles) != simdjson::SUCCESS) return wrong(kRoles, "is not a list");
    for (json::element element : roles) {
      std::string_view name;
      if (element.get(name) != simdjson::SUCCESS)
        return wrong(kRoles, "has something in it that is not a string");
      if (!user.roles.add(name))
        return wrong(kRoles, fmt::format("names {}, which is no role (there are {})",
                                         quoted_name(name), known_roles()));
    }
    return ok_status();
  }

  std::string where_;
  std::array<std::optional<json::element>, kFieldCount> fields_;
};

}  // namespace

Result<std::vector<StretchedUser>> parse_user_file(std::string_view text) {
  json::parser parser;
  json::element root;
  if (auto error = parser.parse(text.data(), text.size()).get(root); error != simdjson::SUCCESS)
    return Status(Code::kInvalid, fmt::format("is not JSON: {}", simdjson::error_message(error)));
  json::array list;
  if (root.get(list) != simdjson::SUCCESS)
    return Status(Code::kInvalid, "is not a JSON list of users");

  std::vector<StretchedUser> users;
  std::unordered_map<std::string, std::size_t> numbers;
  for (json::element element : list) {
    const std::size_t number = users.size() + 1;
    EntryReader reader(number);
    OX_ASSIGN_OR_RETURN(StretchedUser user, reader.read(element));
    auto [first, is_new] = numbers.emplace(user.name, number);
    if (!is_new)
      return reader.error(fmt::format("\"username\" is that of entry {} as well", first->second));
    users.push_back(std::move(user));
  }
  if (users.empty()) return Status(Code::kInvalid, "has no user in it");
  return users;
}

}  // namespace ox
