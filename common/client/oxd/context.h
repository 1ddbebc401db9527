#pragma once
// The contexts of an application: each becomes one event when it ends. Names, ids and sampling are
// those of BlueOx; docs/client.md tells how to use them.
//
// Threading: each thread has its own stack of open contexts; the free functions mean the innermost
// one. A Context, and a ContextRef to it, may be used from several threads at the same time.
// Errors: a call that cannot do what it says does nothing, returns false, and is counted and told
// in stats(). A context that is not going to be sent (nothing was configured when it opened, or it
// is not sampled) stores and checks nothing.
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <oxd/export.h>
#include <oxd/value.h>

namespace ox {

class ContextState;

// Which part of the events is sent: `rate` from 0 (none) to 1 (all), decided once for
//   "."     each context
//   ".."    each instance of the parent: of its sub-events of the same rate all are sent, or none
//   "^"     each instance of the outermost open context, likewise
//   a name  each instance of the open context of that name, likewise; when that is the name of the
//           context itself, or no such context is open: each context
// A context below one that is not sampled is not sent either.
struct Sample {
  std::string level = ".";
  double rate = 1;
};

// What ties events together, when it is not to be the parent's id or a new one (8 hex digits of the
// Unix time and 24 random ones). Nil stands for these.
struct Id {
  explicit Id(Value id) : value(std::move(id)) {}
  Value value;
};

// A context and those around it, to be carried to another thread or kept for later. It does not
// keep the context open. Cheap to copy; may be empty: then calls do nothing, which is no misuse.
class OXD_API ContextRef {
 public:
  ContextRef() = default;

  explicit operator bool() const { return !states_.empty(); }
  // Valid as long as this reference. Empty and nil when it is empty.
  const std::string& name() const;
  const Value& id() const;

  // As of Context.
  bool set(std::string_view key, Value value) const;
  bool append(std::string_view key, Value value) const;
  bool add(std::string_view key, const Value& value) const;

 private:
  friend class Context;
  friend class ScopedContext;
  friend class Timer;
  friend OXD_API ContextRef current();
  std::vector<std::shared_ptr<ContextState>> states_;  // the outermost first
};

// Measures from its construction to stop(), or to its end, and stores the seconds under `key`.
class OXD_API Timer {
 public:
  // Of this thread's innermost open context; without one it measures, and stores nothing.
  explicit Timer(std::string_view key);
  Timer(const ContextRef& context, std::string_view key);
  Timer(Timer&& other) noexcept;
  Timer& operator=(Timer&& other) noexcept;  // stops this one first
  ~Timer();

  // Stores now, and no more at the end. Returns the seconds; 0 when it was stopped before.
  double stop();

 private:
  std::shared_ptr<ContextState> state_;
  std::string key_;
  std::optional<std::chrono::steady_clock::time_point> start_;
};

class OXD_API Context {
 public:
  // Opens it, as the innermost context of this thread. `name` is
  //   "request"     a name as it stands; within "request" or "request.db", request.db.query is
  //   below
  //   ".db"         below the innermost open context
  //   "^.db"        below the outermost open context
  // With a bad name the context is not ok(), and neither it nor what is below it is sent.
  explicit Context(std::string_view name, Sample sample = {});
  Context(std::string_view name, Id id, Sample sample = {});
  Context(Context&& other) noexcept;
  Context& operator=(Context&& other) noexcept;  // closes this one first
  ~Context();

  // Replaces what `key` held. Dots in keys lead into maps, made as needed. False when a part of the
  // key is empty or leads through something that is no map, or when the context is closed.
  bool set(std::string_view key, Value value);
  // Also false when `key` holds something that is no list, or no number.
  bool append(std::string_view key, Value value);
  bool add(std::string_view key, const Value& value);
  [[nodiscard]] Timer timeit(std::string_view key);

  // Ends the context and sends its event, once; the destructor does if nobody did.
  void close();

  const std::string& name() const;  // the whole one: "request.db"; empty when it is bad
  const Value& id() const;
  bool sampled() const;  // whether it will be sent, should the library be configured
  bool ok() const { return error().empty(); }
  const std::string& error() const;  // what is wrong with the name, as one line
  // This context and those that were open around it on this thread.
  ContextRef ref() const;

 private:
  std::shared_ptr<ContextState> state_;  // empty when moved from
};

// Makes the contexts of a reference this thread's own for a scope: its innermost is the parent of
// what is opened here, and what the free functions mean. Ends on the thread where it began.
class OXD_API ScopedContext {
 public:
  explicit ScopedContext(const ContextRef& ref);
  ScopedContext(const ScopedContext&) = delete;
  ScopedContext& operator=(const ScopedContext&) = delete;
  ~ScopedContext();

 private:
  std::vector<std::shared_ptr<ContextState>> outside_;
};

// This thread's innermost open context; empty when there is none.
OXD_API ContextRef current();

// Of this thread's innermost open context; without one they do nothing and return false.
OXD_API bool set(std::string_view key, Value value);
OXD_API bool append(std::string_view key, Value value);
OXD_API bool add(std::string_view key, const Value& value);
[[nodiscard]] OXD_API Timer timeit(std::string_view key);

}  // namespace ox
