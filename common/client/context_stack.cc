#include "common/client/context_stack.h"

namespace ox {
namespace {

// Contexts may end after this thread's stack: those in objects of static storage.
thread_local bool stack_gone = false;

struct Stack {
  Stack() = default;
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;
  ~Stack() { stack_gone = true; }
  ContextStates states;
};

}  // namespace

ContextStates* open_contexts() {
  if (stack_gone) return nullptr;
  thread_local Stack stack;
  std::erase_if(stack.states, [](const auto& state) { return state->closed(); });
  return &stack.states;
}

std::shared_ptr<ContextState> innermost_context() {
  ContextStates* open = open_contexts();
  return open == nullptr || open->empty() ? nullptr : open->back();
}

}  // namespace ox
