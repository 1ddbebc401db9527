#pragma once
// The contexts that are open on a thread, the outermost first.
#include <memory>
#include <vector>

#include "common/client/context_state.h"

namespace ox {

using ContextStates = std::vector<std::shared_ptr<ContextState>>;

// Of this thread, without those that were closed meanwhile (maybe by another thread). nullptr late
// in the life of a thread, when its stack is gone.
ContextStates* open_contexts();

// The innermost one; empty when there is none.
std::shared_ptr<ContextState> innermost_context();

}  // namespace ox
