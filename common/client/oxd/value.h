#pragma once
// What an application puts into an event: nil, bool, a number, text, a list or a map of these.
// Values convert implicitly from what C++ programs have at hand, so that set("rows", rows.size())
// and set("tags", std::vector<std::string>{...}) just work.
// Threading: like std::string; a Value is not shared between threads without a lock.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <oxd/export.h>

namespace ox {

class Value;

namespace value_internal {
template <typename C>
using ElementOf = std::decay_t<decltype(*std::begin(std::declval<const C&>()))>;

// A range whose elements are what it says they are: this leaves out std::filesystem::path.
template <typename C, typename = void>
struct IsSequence : std::false_type {};
template <typename C>
struct IsSequence<C, std::enable_if_t<std::is_same_v<typename C::value_type, ElementOf<C>> &&
                                      !std::is_convertible_v<const C&, std::string_view>>>
    : std::true_type {};

template <typename C, typename = void>
struct IsMapping : std::false_type {};
template <typename C>
struct IsMapping<C, std::void_t<typename C::mapped_type>>
    : std::is_convertible<const typename C::key_type&, std::string_view> {};

template <typename C, typename = void>
struct HasMappedType : std::false_type {};
template <typename C>
struct HasMappedType<C, std::void_t<typename C::mapped_type>> : std::true_type {};
}  // namespace value_internal

class OXD_API Value {
 public:
  enum class Kind { kNil, kBool, kInt, kUint, kDouble, kText, kList, kMap };
  using List = std::vector<Value>;
  struct Member;  // of a map: {std::string key; Value value;}
  using Map = std::vector<Member>;

  Value();  // nil
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  ~Value();

  // NOLINTBEGIN(google-explicit-constructor): values convert by design.
  Value(std::nullptr_t);
  Value(const char* text);  // nullptr is nil
  Value(std::string text);  // bytes, best UTF-8
  Value(std::string_view text);
  Value(List list);

  // Numbers and bool. A char is text of one character.
  template <typename T, std::enable_if_t<std::is_arithmetic_v<T>, int> = 0>
  Value(T value) : Value() {
    if constexpr (std::is_same_v<T, bool>) {
      set_bool(value);
    } else if constexpr (std::is_same_v<T, char>) {
      set_text(std::string(1, value));
    } else if constexpr (std::is_floating_point_v<T>) {
      set_double(static_cast<double>(value));
    } else if constexpr (std::is_signed_v<T>) {
      set_int(static_cast<std::int64_t>(value));
    } else {
      set_uint(static_cast<std::uint64_t>(value));
    }
  }

  // std::vector, std::array, std::set, ... of anything that is a value: a list.
  template <typename C, std::enable_if_t<value_internal::IsSequence<C>::value &&
                                             !value_internal::HasMappedType<C>::value,
                                         int> = 0>
  Value(const C& sequence) : Value(List()) {
    for (const auto& element : sequence) push_back(Value(element));
  }

  // std::map, std::unordered_map, ... from text to anything that is a value: a map.
  template <typename C, std::enable_if_t<value_internal::IsMapping<C>::value, int> = 0>
  Value(const C& mapping) : Value(map({})) {
    for (const auto& [key, value] : mapping) put(key, Value(value));
  }

  template <typename T>
  Value(const std::optional<T>& value) : Value() {
    if (value) *this = Value(*value);
  }

  // A duration is seconds, a point in time is Unix seconds, both as double.
  template <typename Rep, typename Period>
  Value(std::chrono::duration<Rep, Period> value)
      : Value(std::chrono::duration<double>(value).count()) {}
  template <typename Duration>
  Value(std::chrono::time_point<std::chrono::system_clock, Duration> value)
      : Value(value.time_since_epoch()) {}
  // NOLINTEND(google-explicit-constructor)

  // Value::list({1, "two", nullptr}) and Value::map({{"status", 200}, {"size", 17}}). Keys stand as
  // given: only the keys of set(), append(), add() and timeit() are split at dots.
  static Value list(std::initializer_list<Value> values);
  static Value map(std::initializer_list<Member> members);

  Kind kind() const;
  bool is_nil() const { return kind() == Kind::kNil; }

  // Each is false, 0, "" or empty when the value is of another kind.
  bool boolean() const;
  std::int64_t integer() const;
  std::uint64_t unsigned_integer() const;
  double real() const;
  std::string_view text() const;
  const List& list() const;
  const Map& members() const;  // in the order the keys were first put

  // The value of `key`; nullptr when this is no map or has no such key.
  Value* find(std::string_view key);
  const Value* find(std::string_view key) const;
  // Sets `key` and returns its value, valid until the next put(). A value that is no map becomes an
  // empty one first.
  Value& put(std::string_view key, Value value);
  // A value that is no list becomes an empty one first.
  void push_back(Value value);

  friend bool operator==(const Value& a, const Value& b) { return a.equals(b); }
  friend bool operator!=(const Value& a, const Value& b) { return !a.equals(b); }

 private:
  void set_bool(bool value);
  void set_int(std::int64_t value);
  void set_uint(std::uint64_t value);
  void set_double(double value);
  void set_text(std::string value);
  bool equals(const Value& other) const;

  // In the order of Kind.
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, List, Map>
      value_;
};

struct Value::Member {
  std::string key;
  Value value;
};

}  // namespace ox
