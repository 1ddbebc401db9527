#pragma once
// How oxd reports operational errors: a Status, or a Result<T> that is a value or a Status.
// Neither is ever thrown; exceptions of libraries stop at our wrappers and become a Status.
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ox {

// What kind of thing went wrong, as far as a caller may act on it.
enum class Code {
  kOk = 0,
  kInvalid,      // the input or the argument is wrong; the same call fails again
  kNotFound,     // the thing named does not exist
  kExists,       // the thing to be made exists already
  kIo,           // the operating system or a socket reported an error
  kNoSpace,      // disk or quota is full: may work later
  kCorrupt,      // stored or received bytes contradict themselves
  kTooLarge,     // over a size or depth limit
  kUnavailable,  // nobody answers, or not now: may work later
  kUnsupported,  // a version or a kind this program does not know
};

std::string_view code_name(Code code);

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == Code::kOk; }
  Code code() const { return code_; }
  // One line for people: what was wrong and where. Empty when ok().
  const std::string& message() const { return message_; }

  // The same error with "<where>: " in front; ok() stays ok().
  Status at(std::string_view where) const;

 private:
  Code code_ = Code::kOk;
  std::string message_;
};

inline Status ok_status() { return Status(); }

// A kIo (or kNoSpace, kNotFound, kExists) error for `err`, an errno value: "<what>: <strerror>".
Status errno_status(int err, std::string_view what);

// A value, or the Status that says why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a value converts to its Result by design.
  Result(T value) : value_(std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): so does an error.
  Result(Status status) : status_(std::move(status)) {
    if (status_.ok()) std::abort();
  }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }

  // Valid only when ok().
  T& value() & { return *value_; }
  const T& value() const& { return *value_; }
  T&& value() && { return std::move(*value_); }
  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  std::optional<T> value_;
  Status status_;
};

#define OX_CONCAT_INNER(a, b) a##b
#define OX_CONCAT(a, b) OX_CONCAT_INNER(a, b)

// Returns from the enclosing function when `expr`, a Status, is an error.
#define OX_RETURN_IF_ERROR(expr)                                               \
  do {                                                                         \
    if (::ox::Status ox_status_ = (expr); !ox_status_.ok()) return ox_status_; \
  } while (false)

// `OX_ASSIGN_OR_RETURN(auto x, f());` returns f()'s Status, or defines x as its value.
#define OX_ASSIGN_OR_RETURN(lhs, expr) \
  OX_ASSIGN_OR_RETURN_(OX_CONCAT(ox_result_, __LINE__), lhs, expr)
#define OX_ASSIGN_OR_RETURN_(tmp, lhs, expr) \
  auto tmp = (expr);                         \
  if (!tmp.ok()) return tmp.status();        \
  lhs = std::move(tmp).value()

// For what no input can cause: says what and where, and aborts, in every build.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
#define OX_CHECK(condition) \
  ((condition) ? (void)0 : ::ox::check_failed(#condition, __FILE__, __LINE__))

}  // namespace ox
