#include <oxd/value.h>

namespace ox {

Value::Value() = default;
Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;
Value::~Value() = default;

Value::Value(std::nullptr_t) {}
Value::Value(const char* text) {
  if (text != nullptr) value_ = std::string(text);
}
Value::Value(std::string text) : value_(std::move(text)) {}
Value::Value(std::string_view text) : value_(std::string(text)) {}
Value::Value(List list) : value_(std::move(list)) {}

void Value::set_bool(bool value) { value_ = value; }
void Value::set_int(std::int64_t value) { value_ = value; }
void Value::set_uint(std::uint64_t value) { value_ = value; }
void Value::set_double(double value) { value_ = value; }
void Value::set_text(std::string value) { value_ = std::move(value); }

Value Value::list(std::initializer_list<Value> values) { return Value(List(values)); }

Value Value::map(std::initializer_list<Member> members) {
  Value value;
  value.value_ = Map();
  for (const Member& member : members) value.put(member.key, member.value);
  return value;
}

Value::Kind Value::kind() const { return static_cast<Kind>(value_.index()); }

template <typename T, typename V>
static T get_or_zero(const V& variant) {
  const T* held = std::get_if<T>(&variant);
  return held != nullptr ? *held : T{};
}

template <typename T, typename V>
static const T& get_or_empty(const V& variant) {
  static const T kEmpty;
  const T* held = std::get_if<T>(&variant);
  return held != nullptr ? *held : kEmpty;
}

bool Value::boolean() const { return get_or_zero<bool>(value_); }
std::int64_t Value::integer() const { return get_or_zero<std::int64_t>(value_); }
std::uint64_t Value::unsigned_integer() const { return get_or_zero<std::uint64_t>(value_); }
double Value::real() const { return get_or_zero<double>(value_); }
std::string_view Value::text() const { return get_or_empty<std::string>(value_); }
const Value::List& Value::list() const { return get_or_empty<List>(value_); }
const Value::Map& Value::members() const { return get_or_empty<Map>(value_); }

Value* Value::find(std::string_view key) {
  return const_cast<Value*>(std::as_const(*this).find(key));
}

const Value* Value::find(std::string_view key) const {
  for (const Member& member : members())
    if (member.key == key) return &member.value;
  return nullptr;
}

Value& Value::put(std::string_view key, Value value) {
  if (Value* present = find(key)) return *present = std::move(value);
  if (kind() != Kind::kMap) value_ = Map();
  Map& map = std::get<Map>(value_);
  map.push_back(Member{std::string(key), std::move(value)});
  return map.back().value;
}

void Value::push_back(Value value) {
  if (kind() != Kind::kList) value_ = List();
  std::get<List>(value_).push_back(std::move(value));
}

bool Value::equals(const Value& other) const {
  if (kind() != other.kind()) return false;
  if (kind() != Kind::kMap) {
    // The variant's own comparison would need one for Member.
    return std::visit(
        [&other](const auto& mine) {
          using T = std::decay_t<decltype(mine)>;
          if constexpr (std::is_same_v<T, Map>) {
            return false;
          } else {
            return mine == std::get<T>(other.value_);
          }
        },
        value_);
  }
  const Map& a = members();
  const Map& b = other.members();
  if (a.size() != b.size()) return false;
  for (const Member& member : a) {
    const Value* there = other.find(member.key);
    if (there == nullptr || *there != member.value) return false;
  }
  return true;
}

}  // namespace ox
