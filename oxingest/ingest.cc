#include "oxingest/ingest.h"

#include <utility>

#include <unistd.h>

#include "common/base/file_system.h"
#include "common/base/log.h"
#include "common/base/quantity.h"
#include "oxingest/journal_transport.h"
#include "oxingest/link_transport.h"
#include "oxingest/v3_transport.h"

namespace ox {
namespace {

constexpr Micros kTick = Millis(500);
// Shorter troubles are not worth a word.
constexpr Micros kProblemPatience = Seconds(2);

MonoTime now() { return Clock::system().mono(); }

std::unique_ptr<Transport> make_transport(EventLoop& loop, const IngestOptions& options,
                                          IngestState& state, TransportOwner& owner) {
  if (!options.v3 && !state.journals.empty())
    return std::make_unique<JournalTransport>(loop, options, state, owner);
  if (!options.v3) return std::make_unique<LinkTransport>(loop, options, owner);
  return std::make_unique<V3Transport>(loop, options.hosts.front().address, options.spool_memory,
                                       owner);
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

Ingest::Ingest(const IngestOptions& options, IngestState& state, Signals& signals,
               ProgressLine& progress)
    : options_(options),
      state_(state),
      signals_(signals),
      progress_line_(progress),
      transport_(make_transport(loop_, options, state, *this)) {
  if (options.v3 && !state.journals.empty()) sent_positions_.emplace(state);
}

Status Ingest::open_sources() {
  EventSink& sink = *this;
  std::size_t max_line = options_.max_event_size;
  if (options_.files.empty()) {
    StdinOptions options{options_.type_name, options_.node_name, max_line};
    stdin_ = std::make_unique<StdinSource>(loop_, Clock::system(), sink, STDIN_FILENO, options);
    return ok_status();
  }
  TailOptions options;
  options.host = options_.node_name;
  options.max_line = max_line;
  options.poll_interval = options_.poll_interval;
  watcher_ = FileWatcher::make();
  files_ = std::make_unique<TailSource>(loop_, FileSystem::real(), Clock::system(), *watcher_, sink,
                                        options);
  for (const FileSpec& file : options_.files)
    OX_RETURN_IF_ERROR(follow(file, static_cast<SourceNumber>(files_->tails().size())));
  return ok_status();
}

// From where the file was read to before, or from its end; which is recorded, so that what is
// written while we are away, from now on, is not missed.
Status Ingest::follow(const FileSpec& file, SourceNumber number) {
  if (state_.journals.empty()) return files_->add(file).status();
  FileJournal& journal = *state_.journals[number];
  FileSpec spec{file.type, absolute_path(file.path)};
  if (journal.recovered_position())
    return files_->add(spec, *journal.recovered_position()).status();
  OX_RETURN_IF_ERROR(files_->add(spec).status());
  return journal.record_position(files_->tails()[number]->position().encode());
}

EventSource& Ingest::source() {
  if (stdin_) return *stdin_;
  return *files_;
}

bool Ingest::run() {
  if (Status status = open_sources(); !status.ok()) {
    log_error("{}", status.message());
    return false;
  }
  loop_.watch_fd(signals_.fd(), kReadable, [this] { on_signal(); });
  loop_.call_every(kTick, [this] { tick(); });
  transport_->start();
  if (stdin_) stdin_->start();
  if (files_) files_->start();
  loop_.run();
  progress_line_.finish(progress());
  if (!source().finished() && transport_->failure().ok())
    log_error("the input was not read to its end");
  std::string loss = transport_->loss();
  if (!loss.empty()) log_error("{}", loss);
  return complete_ && loss.empty();
}

EventSink::Answer Ingest::add(const IngestEvent& event) {
  Answer answer = transport_->add(event);
  if (sent_positions_ && answer == Answer::kTaken) sent_positions_->taken(event);
  return answer;
}

void Ingest::input_dry() {
  transport_->input_dry();
  check_soon();  // this may be the end of the source
}

void Ingest::room() {
  source().resume();
  check_soon();
}

void Ingest::progressed() { check_soon(); }

void Ingest::check_soon() {
  if (check_timer_ != 0) return;
  check_timer_ = loop_.call_after(Micros(0), [this] {
    check_timer_ = 0;
    check();
  });
}

void Ingest::check() {
  if (!transport_->failure().ok()) return end(false);
  std::uint64_t waiting = transport_->figures().waiting;
  bool moved = std::exchange(waiting_, waiting) > waiting;
  if (!finishing_ && source().finished()) {
    finishing_ = moved = true;
    transport_->finish();
  }
  if (finishing_ && transport_->drained()) return end(true);
  // After a signal the time runs whatever happens.
  if (finishing_ && moved && signals_seen_ == 0) give_up_ = now() + options_.linger;
  if (!give_up_) return;
  if (now() >= *give_up_) return end(false);
  loop_.cancel(give_up_timer_);
  give_up_timer_ = loop_.call_after(*give_up_ - now(), [this] { check_soon(); });
}

void Ingest::end(bool complete) {
  complete_ = complete;
  record_sent(complete);
  if (stdin_ && !stdin_->status().ok()) {
    log_error("{}", stdin_->status().message());
    complete_ = false;
  }
  loop_.stop();
}

void Ingest::on_signal() {
  while (signals_.take() != 0) ++signals_seen_;
  if (signals_seen_ == 0) return;
  if (signals_seen_ > 1) return end(false);
  give_up_ = now() + options_.linger;
  source().stop();
  transport_->input_dry();
  check_soon();
}

void Ingest::record_sent(bool all) {
  if (!sent_positions_) return;
  Status status = sent_positions_->record(transport_->figures().done, all);
  if (!status.ok()) limiter_.warn("positions", status.message());
}

void Ingest::tick() {
  record_sent(false);
  if (progress_line_.active()) progress_line_.update(progress());
  report_problem();
}

void Ingest::report_problem() {
  std::string problem = transport_->problem();
  if (problem.empty()) {
    if (std::exchange(problem_told_, false)) log_warning("events are taken again");
    problem_since_ = MonoTime(-1);
    return;
  }
  if (problem_since_ < MonoTime(0)) problem_since_ = now();
  if (problem_told_ || now() - problem_since_ < kProblemPatience) return;
  problem_told_ = true;
  log_warning("{}; trying on, events wait up to {}", problem, format_size(options_.spool_memory));
}

Progress Ingest::progress() const {
  TransportFigures figures = transport_->figures();
  Progress out;
  out.events = figures.taken;
  out.acked = figures.done;
  out.waiting = figures.waiting;
  out.acks = !options_.v3;
  if (files_)
    for (const auto& tail : files_->tails())
      out.sources.push_back({base_name(tail->spec().path), tail->lag()});
  return out;
}

}  // namespace ox
