#include "common/ingest/api/authorized.h"

#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace ox {
namespace {

struct Credentials {
  explicit Credentials(const HttpRequest& request)
      : peer(request.peer_host()),
        method(request.method()),
        authorization(request.header("authorization")),
        authentication(request.header("authentication")) {}

  AuthRequest request() const { return {peer, method, authorization, authentication}; }

  const std::string peer;
  const std::string method;
  const std::string authorization;
  const std::string authentication;
};

// The error that ends the request, unless it goes on.
std::optional<HttpError> refusal(const AuthDecision& decision, Roles needed) {
  if (int status = decision.http_status(); status != 0)
    return HttpError{.status = status,
                     .message = std::string(decision.reason),
                     .challenge = std::string(decision.challenge)};
  if (!decision.roles.has_all(needed))
    return HttpError{.status = 403, .message = "Request forbidden -- authorization will not help"};
  return std::nullopt;
}

// Holds the body back until the slow lane knows whether the sender may send it. The lane and the
// I/O thread meet under the lock; whoever comes second goes on with the request.
class Gate {
 public:
  Gate(Roles needed, AuthorizedHandler next, HttpReply reply)
      : needed_(needed), next_(std::move(next)), reply_(std::move(reply)) {}

  void decided(AuthDecision decision, std::shared_ptr<const AuthPolicy> policy) {
    std::lock_guard lock(mu_);
    decision_ = std::move(decision);
    policy_ = std::move(policy);
    if (ended_) {
      go_on();
      end();
    } else if (!aborted_) {
      reply_.resume_reading();
    }
  }

  void refuse_busy() {
    reply_.send_error({.status = 503,
                       .message = "Too many passwords wait to be checked",
                       .retry_after = Seconds(1)});
  }

  BodyFlow on_data(std::string_view piece) {
    std::lock_guard lock(mu_);
    if (!decision_) {
      held_back_.append(piece);
      return BodyFlow::kPause;
    }
    if (!going_) go_on();
    if (!inner_) return BodyFlow::kContinue;
    if (held_back_.empty()) return inner_->on_data(piece);
    std::string both = std::move(held_back_);
    held_back_.clear();
    return inner_->on_data(both.append(piece));
  }

  void on_end() {
    std::lock_guard lock(mu_);
    ended_ = true;
    if (!decision_) return;
    if (!going_) go_on();
    end();
  }

  void on_abort(BodyAbort reason) {
    std::lock_guard lock(mu_);
    aborted_ = true;
    if (inner_) inner_->on_abort(reason);
    inner_.reset();
    reply_ = HttpReply();
  }

 private:
  void go_on() {
    going_ = true;
    if (aborted_) return;
    if (auto error = refusal(*decision_, needed_)) {
      reply_.send_error(*error);
      return;
    }
    const HttpRequest& request = reply_.request();
    inner_ = next_(request, std::move(reply_), *decision_, std::move(policy_));
  }

  void end() {
    if (!inner_) return;
    if (!held_back_.empty()) (void)inner_->on_data(held_back_);
    inner_->on_end();
    inner_.reset();
  }

  const Roles needed_;
  const AuthorizedHandler next_;

  std::mutex mu_;  // everything below is guarded by it
  HttpReply reply_;
  std::optional<AuthDecision> decision_;
  std::shared_ptr<const AuthPolicy> policy_;
  std::string held_back_;  // the first piece
  bool going_ = false;
  bool ended_ = false;
  bool aborted_ = false;
  std::unique_ptr<BodyReader> inner_;
};

class GatedBody : public BodyReader {
 public:
  explicit GatedBody(std::shared_ptr<Gate> gate) : gate_(std::move(gate)) {}
  BodyFlow on_data(std::string_view piece) override { return gate_->on_data(piece); }
  void on_end() override { gate_->on_end(); }
  void on_abort(BodyAbort reason) override { gate_->on_abort(reason); }

 private:
  std::shared_ptr<Gate> gate_;
};

}  // namespace

HttpHandler authorized(ApiContext& context, Api api, Role role, AuthorizedHandler next) {
  return authorized(
      context.auth, context.slow_lane, api,
      [needed = Roles().add(role)](const HttpRequest&) { return needed; }, std::move(next));
}

HttpHandler authorized(AuthStore& auth, SlowLane& slow_lane, Api api, NeededRoles needed,
                       AuthorizedHandler next) {
  return [&auth, &slow_lane, api, needed = std::move(needed), next = std::move(next)](
             const HttpRequest& request, HttpReply reply) -> std::unique_ptr<BodyReader> {
    std::shared_ptr<const AuthPolicy> policy = auth.current();
    Credentials credentials(request);
    AuthDecision decision = policy->decide_quickly(api, credentials.request());
    if (decision.outcome != AuthDecision::Outcome::kNeedsStretching) {
      if (auto error = refusal(decision, needed(request))) {
        reply.send_error(*error);
        return nullptr;
      }
      return next(request, std::move(reply), decision, std::move(policy));
    }
    auto gate = std::make_shared<Gate>(needed(request), next, std::move(reply));
    bool taken = slow_lane.run([gate, policy, api, credentials = std::move(credentials)] {
      gate->decided(policy->decide(api, credentials.request()), policy);
    });
    if (!taken) {
      gate->refuse_busy();
      return nullptr;
    }
    return std::make_unique<GatedBody>(std::move(gate));
  };
}

}  // namespace ox
