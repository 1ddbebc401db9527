#include "oxd/write/cutoff_maker.h"

#include <condition_variable>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "common/base/log.h"
#include "common/store/cutoff_draft.h"

namespace ox {

// Different requests that wait at the same time.
static constexpr std::size_t kMostRequests = 64;
static constexpr Micros kStopLook = Millis(50);

static CutoffReply cutoff_error(std::string why) {
  CutoffReply reply;
  reply.error = std::move(why);
  return reply;
}

static std::string in_words(const CutoffScope& scope) {
  std::string out = fmt::format("of type {}", scope.types.to_string());
  if (scope.before) out += fmt::format(", before {}", *scope.before);
  if (!scope.names.empty()) out += fmt::format(", of {} names", scope.names.size());
  if (scope.min_level) out += fmt::format(", of level {} and above", *scope.min_level);
  return out;
}

CutoffMaker::CutoffMaker(FileSystem& fs, std::string directory, Run run, Flush flush,
                         std::function<bool()> go_on, Metrics& metrics, const Clock& clock)
    : fs_(fs),
      directory_(std::move(directory)),
      run_(std::move(run)),
      flush_(std::move(flush)),
      go_on_(std::move(go_on)),
      clock_(clock),
      made_(metrics.counter("cutoffs.made")),
      hidden_(metrics.counter("cutoffs.hidden_events")),
      failed_(metrics.counter("cutoffs.failed")) {}

void CutoffMaker::ask(const CutoffRequest& request, Done done) {
  std::string key = encode_cutoff_request(request);
  std::unique_lock lock(mu_);
  const bool first = !waiting_.contains(key);
  if (first && waiting_.size() == kMostRequests) {
    lock.unlock();
    failed_.add();
    return done(cutoff_error("CUT_OFF: too many requests wait already: try again later"));
  }
  waiting_[key].push_back(std::move(done));
  lock.unlock();
  if (!first) return;
  run_([this, request, key](bool go) {
    std::vector<Done> asked;
    {
      // Whoever asks from now on may mean events that this one does not see.
      std::lock_guard guard(mu_);
      asked = std::move(waiting_.extract(key).mapped());
    }
    const CutoffReply reply = go ? make(request) : cutoff_error("oxd stops");
    for (const Done& each : asked) each(reply);
  });
}

CutoffReply CutoffMaker::make(const CutoffRequest& request) {
  auto hidden = try_to_make(request);
  if (!hidden.ok()) {
    failed_.add();
    log_warning("cut-off {}: {}", in_words(request.scope), hidden.status().message());
    return cutoff_error(fmt::format("CUT_OFF: {}", hidden.status().message()));
  }
  CutoffReply reply;
  reply.hidden = *hidden;
  return reply;
}

// Nothing: they were not counted.
Result<std::optional<std::uint64_t>> CutoffMaker::try_to_make(const CutoffRequest& request) {
  const WallTime now = clock_.wall();
  OX_RETURN_IF_ERROR(flush());
  OX_ASSIGN_OR_RETURN(Cutoffs cutoffs, Cutoffs::load(fs_, directory_));
  OX_ASSIGN_OR_RETURN(CutoffDraft draft, draft_cutoff(fs_, cutoffs, request, now, go_on_));
  for (const Status& problem : draft.problems)
    log_warning("cut-off {}: not counted: {}", in_words(request.scope), problem.message());
  std::optional<std::uint64_t> hidden;
  if (request.count) hidden = draft.hidden;
  const bool idle = !draft.reaches_anything || cutoffs.implied(draft.rule) ||
                    (request.count && draft.hidden == 0 && draft.problems.empty());
  if (idle) return hidden;
  OX_RETURN_IF_ERROR(flush());
  cutoffs.forget_idle(fs_, draft.files);
  OX_RETURN_IF_ERROR(cutoffs.add(std::move(draft.rule)));
  OX_RETURN_IF_ERROR(cutoffs.save(fs_));
  made_.add();
  hidden_.add(draft.hidden);
  if (request.count) {
    log_warning("a control client hides {} events {}", draft.hidden, in_words(request.scope));
  } else {
    log_info("a control client hides events {}", in_words(request.scope));
  }
  return hidden;
}

Status CutoffMaker::flush() {
  struct Waiting {
    std::mutex mu;
    std::condition_variable changed;
    std::optional<Status> status;
  };
  auto waiting = std::make_shared<Waiting>();
  flush_([waiting](Status status) {
    {
      std::lock_guard lock(waiting->mu);
      waiting->status = std::move(status);
    }
    waiting->changed.notify_all();
  });
  std::unique_lock lock(waiting->mu);
  while (!waiting->changed.wait_for(lock, kStopLook, [&] { return waiting->status.has_value(); })) {
    if (!go_on_()) return Status(Code::kUnavailable, "oxd stops");
  }
  return *waiting->status;
}

}  // namespace ox
