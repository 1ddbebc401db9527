#include "common/client/value_path.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

namespace ox {

static Result<std::vector<std::string_view>> split_key(std::string_view key) {
  std::vector<std::string_view> parts;
  std::string_view rest = key;
  while (true) {
    std::size_t dot = rest.find('.');
    std::string_view part = rest.substr(0, dot);
    if (part.empty())
      return Status(Code::kInvalid, fmt::format("key \"{}\": a part is empty", key));
    parts.push_back(part);
    if (dot == std::string_view::npos) return parts;
    rest.remove_prefix(dot + 1);
  }
}

// The value at `parts`, or nullptr. Error: a value on the way is not a map.
static Result<Value*> look_up(Value& body, std::string_view key,
                              const std::vector<std::string_view>& parts) {
  Value* at = &body;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0 && at->kind() != Value::Kind::kMap)
      return Status(
          Code::kInvalid,
          fmt::format("key \"{}\": \"{}\" is not a map", key,
                      key.substr(0, static_cast<std::size_t>(parts[i].data() - key.data() - 1))));
    at = at->find(parts[i]);
    if (at == nullptr) return at;
  }
  return at;
}

static void store(Value& body, const std::vector<std::string_view>& parts, Value value) {
  Value* at = &body;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    Value* next = at->find(parts[i]);
    at = next != nullptr ? next : &at->put(parts[i], Value::map({}));
  }
  at->put(parts.back(), std::move(value));
}

Status set_path(Value& body, std::string_view key, Value value) {
  OX_ASSIGN_OR_RETURN(auto parts, split_key(key));
  if (auto found = look_up(body, key, parts); !found.ok()) return found.status();
  store(body, parts, std::move(value));
  return ok_status();
}

Status append_path(Value& body, std::string_view key, Value value) {
  OX_ASSIGN_OR_RETURN(auto parts, split_key(key));
  OX_ASSIGN_OR_RETURN(Value * list, look_up(body, key, parts));
  if (list == nullptr) {
    store(body, parts, Value::list({std::move(value)}));
    return ok_status();
  }
  if (list->kind() != Value::Kind::kList)
    return Status(Code::kInvalid, fmt::format("key \"{}\": cannot append, it is not a list", key));
  list->push_back(std::move(value));
  return ok_status();
}

static bool is_number(const Value& value) {
  return value.kind() == Value::Kind::kInt || value.kind() == Value::Kind::kUint ||
         value.kind() == Value::Kind::kDouble;
}

static double as_double(const Value& value) {
  if (value.kind() == Value::Kind::kInt) return static_cast<double>(value.integer());
  if (value.kind() == Value::Kind::kUint) return static_cast<double>(value.unsigned_integer());
  return value.real();
}

// Every integer of ours and every sum of two fits.
__extension__ using Wide = __int128;

static Wide as_wide(const Value& value) {
  if (value.kind() == Value::Kind::kInt) return value.integer();
  return value.unsigned_integer();
}

static Value sum(const Value& a, const Value& b) {
  if (a.kind() == Value::Kind::kDouble || b.kind() == Value::Kind::kDouble)
    return as_double(a) + as_double(b);
  Wide total = as_wide(a) + as_wide(b);
  if (total >= INT64_MIN && total <= INT64_MAX) return static_cast<std::int64_t>(total);
  if (total > 0 && total <= static_cast<Wide>(UINT64_MAX)) return static_cast<std::uint64_t>(total);
  return as_double(a) + as_double(b);
}

Status add_path(Value& body, std::string_view key, const Value& value) {
  OX_ASSIGN_OR_RETURN(auto parts, split_key(key));
  if (!is_number(value))
    return Status(Code::kInvalid, fmt::format("key \"{}\": what is added is not a number", key));
  OX_ASSIGN_OR_RETURN(Value * present, look_up(body, key, parts));
  if (present != nullptr && !is_number(*present))
    return Status(Code::kInvalid, fmt::format("key \"{}\": cannot add, it is not a number", key));
  store(body, parts, present != nullptr ? sum(*present, value) : value);
  return ok_status();
}

}  // namespace ox
