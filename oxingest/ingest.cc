#include "oxingest/ingest.h"

#include <csignal>
#include <cstdio>
#include <utility>

#include <unistd.h>

#include "common/base/file_system.h"
#include "common/base/log.h"
#include "common/base/ports_line.h"
#include "common/base/quantity.h"
#include "common/ingest/live/link_transport.h"
#include "oxingest/journal_transport.h"
#include "oxingest/v3_transport.h"

namespace ox {
namespace {

constexpr Micros kIngestTick = Millis(500);
// Shorter troubles are not worth a word.
constexpr Micros kProblemPatience = Seconds(2);

MonoTime now() { return Clock::system().mono(); }

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

Ingest::Ingest(const IngestOptions& options, IngestState& files, IngestState& spool,
               Signals& signals, ProgressLine& progress)
    : options_(options),
      files_state_(files),
      spool_state_(spool),
      signals_(signals),
      progress_line_(progress) {}

Ingest::~Ingest() {
  // The gate answers what is left, and those who asked are still there to hear it.
  if (http_) http_->halt();
  if (streams_) streams_->halt();
  channels_.clear();
}

Channel& Ingest::add_channel(IngestState& state) {
  channels_.push_back(std::make_unique<Channel>([this] { check_soon(); }));
  Channel& channel = *channels_.back();
  if (options_.v3) {
    channel.use(std::make_unique<V3Transport>(loop_, options_.hosts.front().address,
                                              options_.spool_memory, channel));
    if (!state.journals.empty()) channel.record_positions_in(state);
  } else if (!state.journals.empty()) {
    channel.use(std::make_unique<JournalTransport>(loop_, options_, state, channel, metrics_));
  } else {
    channel.use(std::make_unique<LinkTransport>(loop_, options_, channel, metrics_));
  }
  return channel;
}

Status Ingest::open_files() {
  Channel& channel = add_channel(files_state_);
  TailOptions options;
  options.host = options_.node_name;
  options.max_line = options_.max_event_size;
  options.poll_interval = options_.poll_interval;
  watcher_ = FileWatcher::make();
  files_ = std::make_unique<TailSource>(loop_, FileSystem::real(), Clock::system(), *watcher_,
                                        channel, options);
  channel.add_source(*files_);
  for (const FileSpec& file : options_.files)
    OX_RETURN_IF_ERROR(follow(file, static_cast<SourceNumber>(files_->tails().size())));
  return ok_status();
}

Status Ingest::open_live() {
  Channel& channel = add_channel(spool_state_);
  if (!options_.type_name.empty()) {
    StdinOptions options{options_.type_name, options_.node_name, options_.max_event_size};
    stdin_ = std::make_unique<StdinSource>(loop_, Clock::system(), channel, STDIN_FILENO, options);
    channel.add_source(*stdin_);
  }
  if (!options_.listens()) return ok_status();
  channel.use(std::make_unique<GroupQueue>(loop_, channel.transport(), metrics_, Clock::system()));
  if (!options_.http.listeners.empty()) OX_RETURN_IF_ERROR(open_http(channel));
  return options_.streams.listeners.empty() ? ok_status() : open_streams(channel);
}

Status Ingest::open_streams(Channel& channel) {
  OX_ASSIGN_OR_RETURN(streams_, StreamSource::open(loop_, options_, *channel.gate(), metrics_,
                                                   [this] { check_soon(); }));
  channel.add_source(*streams_);
  return ok_status();
}

Status Ingest::open_http(Channel& channel) {
  auto http = HttpSource::open(
      loop_, options_, *channel.gate(), metrics_,
      [this] {
        std::lock_guard lock(ready_mu_);
        return not_ready_;
      },
      [this] { check_soon(); });
  if (!http.ok()) return http.status();
  http_ = std::move(*http);
  channel.add_source(*http_);
  return ok_status();
}

// From where the file was read to before, or from its end; which is recorded, so that what is
// written while we are away, from now on, is not missed.
Status Ingest::follow(const FileSpec& file, SourceNumber number) {
  if (files_state_.journals.empty()) return files_->add(file).status();
  FileJournal& journal = *files_state_.journals[number];
  FileSpec spec{file.type, absolute_path(file.path)};
  if (journal.recovered_position())
    return files_->add(spec, *journal.recovered_position()).status();
  OX_RETURN_IF_ERROR(files_->add(spec).status());
  return journal.record_position(files_->tails()[number]->position().encode());
}

Status Ingest::open() {
  if (!options_.files.empty()) OX_RETURN_IF_ERROR(open_files());
  return options_.has_live_sources() ? open_live() : ok_status();
}

bool Ingest::run() {
  loop_.watch_fd(signals_.fd(), kReadable, [this] { on_signal(); });
  loop_.call_every(kIngestTick, [this] { tick(); });
  for (auto& channel : channels_) channel->transport().start();
  if (stdin_) stdin_->start();
  if (files_) files_->start();
  if (http_) http_->start();
  if (streams_) streams_->start();
  if (options_.print_ports) {
    std::vector<std::pair<std::string, std::string>> ports;
    if (streams_) ports = streams_->ports();
    if (http_)
      for (auto& port : http_->ports()) ports.push_back(std::move(port));
    std::fputs(ports_line(ports).c_str(), stdout);
    std::fflush(stdout);
  }
  loop_.run();
  progress_line_.finish(progress());
  bool good = complete_;
  for (const auto& channel : channels_) {
    if (!channel->finishing() && channel->transport().failure().ok())
      log_error("the input was not read to its end");
    if (channel->gate() && channel->gate()->untaken() > 0) {
      log_error("{} not handed on", events_were(channel->gate()->untaken()));
      good = false;
    }
    std::string loss = channel->transport().loss();
    if (loss.empty()) continue;
    log_error("{}", loss);
    good = false;
  }
  return good;
}

void Ingest::check_soon() {
  if (check_timer_ != 0) return;
  check_timer_ = loop_.call_after(Micros(0), [this] {
    check_timer_ = 0;
    check();
  });
}

void Ingest::check() {
  bool moved = false;
  bool finishing = true;
  bool drained = true;
  for (const auto& channel : channels_) {
    if (!channel->transport().failure().ok()) return end(false);
    moved = channel->moved() || moved;
    moved = channel->finish_when_ended() || moved;
    finishing = finishing && channel->finishing();
    drained = drained && channel->drained();
  }
  if (drained) return end(true);
  // After a signal the time runs whatever happens.
  if (finishing && moved && signals_seen_ == 0) give_up_ = now() + options_.linger;
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
  int ending = 0;
  while (int signal = signals_.take()) {
    if (signal == SIGHUP && http_) {
      http_->reload();
    } else {
      ++ending;
    }
  }
  if (ending == 0) return;
  signals_seen_ += ending;
  if (signals_seen_ > 1) return end(false);
  give_up_ = now() + options_.linger;
  for (const auto& channel : channels_) channel->stop_sources();
  check_soon();
}

void Ingest::record_sent(bool all) {
  for (const auto& channel : channels_) {
    Status status = channel->record_sent(all);
    if (!status.ok()) limiter_.warn("positions", status.message());
  }
}

void Ingest::tick() {
  record_sent(false);
  if (progress_line_.active()) progress_line_.update(progress());
  report_problem();
}

void Ingest::report_problem() {
  std::string problem;
  for (const auto& channel : channels_)
    if (problem.empty()) problem = channel->transport().problem();
  {
    std::lock_guard lock(ready_mu_);
    not_ready_ = problem;
  }
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
  Progress out;
  for (const auto& channel : channels_) {
    TransportFigures figures = channel->transport().figures();
    out.events += figures.taken;
    out.acked += figures.done;
    out.waiting += figures.waiting;
  }
  out.acks = !options_.v3;
  if (files_)
    for (const auto& tail : files_->tails())
      out.sources.push_back({base_name(tail->spec().path), tail->lag()});
  return out;
}

}  // namespace ox
