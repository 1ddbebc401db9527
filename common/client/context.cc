#include <utility>

#include <oxd/context.h>

#include "common/client/client.h"
#include "common/client/context_stack.h"
#include "common/client/context_state.h"

namespace ox {
namespace {

const std::string& empty_text() {
  static const auto* const kEmpty = new std::string();
  return *kEmpty;
}

const Value& nil() {
  static const auto* const kNil = new Value();
  return *kNil;
}

std::shared_ptr<ContextState> open_context(std::string_view name, Value id, const Sample& sample) {
  ContextStates* open = open_contexts();
  static const auto* const kNone = new ContextStates();
  auto state = std::make_shared<ContextState>(Client::instance(), name, std::move(id), sample,
                                              open != nullptr ? *open : *kNone);
  if (open != nullptr) open->push_back(state);
  return state;
}

}  // namespace

// ContextRef

const std::string& ContextRef::name() const {
  return states_.empty() ? empty_text() : states_.back()->name();
}
const Value& ContextRef::id() const { return states_.empty() ? nil() : states_.back()->id(); }

bool ContextRef::set(std::string_view key, Value value) const {
  return !states_.empty() && states_.back()->set(key, std::move(value));
}
bool ContextRef::append(std::string_view key, Value value) const {
  return !states_.empty() && states_.back()->append(key, std::move(value));
}
bool ContextRef::add(std::string_view key, const Value& value) const {
  return !states_.empty() && states_.back()->add(key, value);
}

// Timer

Timer::Timer(std::string_view key)
    : state_(innermost_context()), key_(key), start_(std::chrono::steady_clock::now()) {}

Timer::Timer(const ContextRef& context, std::string_view key)
    : state_(context.states_.empty() ? nullptr : context.states_.back()),
      key_(key),
      start_(std::chrono::steady_clock::now()) {}

Timer::Timer(Timer&& other) noexcept
    : state_(std::move(other.state_)),
      key_(std::move(other.key_)),
      start_(std::exchange(other.start_, std::nullopt)) {}

Timer& Timer::operator=(Timer&& other) noexcept {
  if (this == &other) return *this;
  stop();
  state_ = std::move(other.state_);
  key_ = std::move(other.key_);
  start_ = std::exchange(other.start_, std::nullopt);
  return *this;
}

Timer::~Timer() { stop(); }

double Timer::stop() {
  if (!start_) return 0;
  std::chrono::duration<double> passed = std::chrono::steady_clock::now() - *start_;
  start_.reset();
  if (state_) state_->set(key_, passed.count());
  state_.reset();
  return passed.count();
}

// Context

Context::Context(std::string_view name, Sample sample)
    : state_(open_context(name, Value(), sample)) {}

Context::Context(std::string_view name, Id id, Sample sample)
    : state_(open_context(name, std::move(id.value), sample)) {}

Context::Context(Context&& other) noexcept = default;

Context& Context::operator=(Context&& other) noexcept {
  if (this == &other) return *this;
  close();
  state_ = std::move(other.state_);
  return *this;
}

Context::~Context() { close(); }

bool Context::set(std::string_view key, Value value) {
  return state_ && state_->set(key, std::move(value));
}
bool Context::append(std::string_view key, Value value) {
  return state_ && state_->append(key, std::move(value));
}
bool Context::add(std::string_view key, const Value& value) {
  return state_ && state_->add(key, value);
}
Timer Context::timeit(std::string_view key) { return Timer(ref(), key); }

void Context::close() {
  if (!state_) return;
  state_->close();
  (void)open_contexts();  // leaves it out
}

const std::string& Context::name() const { return state_ ? state_->name() : empty_text(); }
const Value& Context::id() const { return state_ ? state_->id() : nil(); }
bool Context::sampled() const { return state_ && state_->sampled(); }
const std::string& Context::error() const { return state_ ? state_->error() : empty_text(); }

ContextRef Context::ref() const {
  ContextRef ref;
  if (!state_) return ref;
  if (const ContextStates* open = open_contexts()) {
    for (const auto& state : *open) {
      ref.states_.push_back(state);
      if (state == state_) return ref;
    }
  }
  // Closed, or opened on another thread: those around it are not known here.
  ref.states_.assign(1, state_);
  return ref;
}

// ScopedContext

ScopedContext::ScopedContext(const ContextRef& ref) {
  if (ContextStates* open = open_contexts()) outside_ = std::exchange(*open, ref.states_);
}

ScopedContext::~ScopedContext() {
  if (ContextStates* open = open_contexts()) *open = std::move(outside_);
}

// The innermost context of this thread

ContextRef current() {
  ContextRef ref;
  if (const ContextStates* open = open_contexts()) ref.states_ = *open;
  return ref;
}

bool set(std::string_view key, Value value) {
  auto state = innermost_context();
  return state && state->set(key, std::move(value));
}
bool append(std::string_view key, Value value) {
  auto state = innermost_context();
  return state && state->append(key, std::move(value));
}
bool add(std::string_view key, const Value& value) {
  auto state = innermost_context();
  return state && state->add(key, value);
}
Timer timeit(std::string_view key) { return Timer(key); }

}  // namespace ox
