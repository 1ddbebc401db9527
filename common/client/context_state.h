#pragma once
// A context behind its handles: what is known of it when it opens, and the body it gathers.
// Threading: any thread; what is not constant after construction is guarded by mu_.
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <oxd/context.h>

#include "common/client/client.h"

namespace ox {

class ContextState {
 public:
  // `open` are the open contexts of the thread, the outermost first.
  ContextState(Client& client, std::string_view given, Value id, const Sample& sample,
               const std::vector<std::shared_ptr<ContextState>>& open);

  const std::string& name() const { return name_; }
  const Value& id() const { return id_; }
  const std::string& error() const { return error_; }
  bool sampled() const { return sampled_; }
  bool closed() const { return closed_.load(std::memory_order_acquire); }

  bool set(std::string_view key, Value value);
  bool append(std::string_view key, Value value);
  bool add(std::string_view key, const Value& value);
  // Sends the event, the first time.
  void close();

 private:
  bool decide(std::string_view given, const Sample& sample, ContextState* parent,
              const std::vector<std::shared_ptr<ContextState>>& open);
  double shared_draw();
  // Whether calls are to be looked at; otherwise *answer is what they return.
  bool records(bool* answer) const;
  template <typename Change>
  bool change(std::string_view what, Change apply);

  Client& client_;  // of the process that opened it
  std::string name_;
  std::string error_;
  Value id_;
  double start_ = 0;
  bool sampled_ = false;
  bool recording_ = false;  // sampled, and the client was configured

  std::atomic<bool> closed_{false};  // written with mu_ held
  std::mutex mu_;
  Value body_;                  // guarded by mu_
  std::optional<double> draw_;  // guarded by mu_; for the contexts that are sampled by this one
};

}  // namespace ox
