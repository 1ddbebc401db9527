#include "common/client/context_state.h"

#include <chrono>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "common/base/uuid.h"
#include "common/client/context_name.h"
#include "common/client/value_path.h"

namespace ox {
namespace {

double unix_seconds() {
  using Seconds = std::chrono::duration<double>;
  return Seconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Ids begin with the time, which keeps them in some order.
std::string new_id() {
  static constexpr char kHex[] = "0123456789abcdef";
  auto seconds = static_cast<std::uint32_t>(unix_seconds());
  Uuid random = Uuid::random();
  std::string id;
  id.reserve(32);
  for (int shift = 28; shift >= 0; shift -= 4) id.push_back(kHex[(seconds >> shift) & 0xfU]);
  for (std::size_t i = 0; i < random.bytes.size(); ++i) {
    if (i >= 6 && i < 10) continue;  // here is a UUID's version, which is not random
    auto byte = static_cast<unsigned char>(random.bytes[i]);
    id.push_back(kHex[byte >> 4U]);
    id.push_back(kHex[byte & 0xfU]);
  }
  return id;
}

}  // namespace

ContextState::ContextState(Client& client, std::string_view given, Value id, const Sample& sample,
                           const std::vector<std::shared_ptr<ContextState>>& open)
    : client_(client) {
  std::vector<std::string_view> names;
  names.reserve(open.size());
  for (const auto& state : open) names.push_back(state->name());
  auto resolved = resolve_name(given, names);
  if (!resolved.ok()) {
    error_ = resolved.status().message();
    client_.misused(error_);
    return;
  }
  name_ = std::move(resolved->name);
  ContextState* parent = resolved->parent ? open[*resolved->parent].get() : nullptr;
  sampled_ = decide(given, sample, parent, open);
  recording_ = sampled_ && client_.configured();
  if (!id.is_nil()) {
    id_ = std::move(id);
  } else if (parent != nullptr) {
    id_ = parent->id();
  }
  if (id_.is_nil()) id_ = new_id();
  if (!recording_) return;
  body_ = Value::map({});
  start_ = unix_seconds();
}

bool ContextState::decide(std::string_view given, const Sample& sample, ContextState* parent,
                          const std::vector<std::shared_ptr<ContextState>>& open) {
  if (parent != nullptr && !parent->sampled()) return false;
  if (sample.rate >= 1) return true;
  ContextState* decider = nullptr;
  const std::string& level = sample.level;
  if (level == "..") {
    decider = parent;
  } else if (level == "^") {
    if (!open.empty()) decider = open.front().get();
  } else if (level != "." && level != given && level != name_ && level != without_anchor(given)) {
    for (const auto& state : open)
      if (state->name() == level) decider = state.get();
  }
  double draw = decider != nullptr ? decider->shared_draw() : client_.draw();
  return draw < sample.rate;
}

double ContextState::shared_draw() {
  // The mutex of a context from before a fork() may be locked for ever.
  if (!client_.current()) return Client::instance().draw();
  std::lock_guard lock(mu_);
  if (!draw_) draw_ = client_.draw();
  return *draw_;
}

bool ContextState::records(bool* answer) const {
  bool of_parent_process = !client_.current();
  *answer = error_.empty() && !of_parent_process && (recording_ || !closed());
  return recording_ && !of_parent_process;
}

template <typename Change>
bool ContextState::change(std::string_view what, Change apply) {
  bool answer = false;
  if (!records(&answer)) return answer;
  Status status;
  {
    std::lock_guard lock(mu_);
    status = closed() ? Status(Code::kInvalid, "it is closed") : apply(body_);
  }
  if (!status.ok())
    client_.misused(fmt::format("context \"{}\": {}: {}", name_, what, status.message()));
  return status.ok();
}

bool ContextState::set(std::string_view key, Value value) {
  return change("set", [&](Value& body) { return set_path(body, key, std::move(value)); });
}

bool ContextState::append(std::string_view key, Value value) {
  return change("append", [&](Value& body) { return append_path(body, key, std::move(value)); });
}

bool ContextState::add(std::string_view key, const Value& value) {
  return change("add", [&](Value& body) { return add_path(body, key, value); });
}

void ContextState::close() {
  bool ours = client_.current();
  if (!ours) {
    closed_.store(true, std::memory_order_release);
    return;
  }
  Value body;
  {
    std::lock_guard lock(mu_);
    if (closed()) return;
    closed_.store(true, std::memory_order_release);
    body = std::move(body_);
  }
  if (recording_) client_.submit(name_, id_, start_, unix_seconds(), body);
}

}  // namespace ox
