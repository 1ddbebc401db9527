#include "oxd/daemon.h"

#include <algorithm>
#include <csignal>
#include <cstdio>

#include <fmt/format.h>

#include "common/base/civil_time.h"
#include "common/base/log.h"
#include "oxd/identity.h"
#include "oxd/notify.h"
#include "oxd/ports.h"

namespace ox {

static constexpr Micros kFlushPoll = Millis(5);
static constexpr Micros kFlushPatience = Seconds(30);
static constexpr Micros kDrainPoll = Millis(10);
static constexpr Micros kCheckpointInterval = Seconds(2);
static constexpr std::uint64_t kLinkBudget = 64 * kMiB;

static const Clock& the_clock() { return Clock::system(); }

static std::string holder() { return fmt::format("oxd, process {}", ::getpid()); }

Daemon::Daemon(const DaemonOptions& options, Signals& signals, Reload reload)
    : options_(options),
      signals_(signals),
      reload_(std::move(reload)),
      started_mono_(the_clock().mono()),
      started_(the_clock().wall()),
      context_(1) {}

Daemon::~Daemon() = default;

Status Daemon::open() {
  for (const std::string& warning : options_.warnings) log_warning("{}", warning);
  // 1024 sockets are too few: every connection of a peer is one.
  context_.set(zmq::ctxopt::max_sockets, 16384);
  if (!options_.state_dir.empty()) {
    OX_RETURN_IF_ERROR(FileSystem::real().make_directories(options_.state_dir));
    std::string path = join_path(options_.state_dir, "lock");
    auto lock = FileSystem::real().lock(path, holder());
    if (!lock.ok()) return lock.status().at("--state-dir " + options_.state_dir);
    state_lock_ = std::move(*lock);
  }
  OX_RETURN_IF_ERROR(open_spool());
  OX_RETURN_IF_ERROR(open_stages());
  return bind_sockets();
}

Status Daemon::open_spool() {
  SpoolOptions options;
  options.path = options_.spool_directory();
  options.memory_limit = options_.spool_memory;
  options.disk_limit = options_.spool_disk;
  std::string identity_directory = options_.state_dir.empty() ? options.path : options_.state_dir;
  auto spool = Spool::open(FileSystem::real(), options, the_clock());
  if (!spool.ok())
    return spool.status().at(options_.spool_path.empty() ? "--log-path " + options_.log_path
                                                         : "--spool-path " + options_.spool_path);
  spool_ = std::move(*spool);
  const SpoolRecovery& recovery = spool_->recovery();
  if (recovery.records > 0 || recovery.torn_bytes > 0)
    log_warning(
        "spool: {} batches are taken up again; {} bytes of one that was never whole are cut",
        recovery.records, recovery.torn_bytes);
  if (recovery.checkpoint_lost)
    log_error("spool: its checkpoint is lost: events in the files may come again");
  for (const std::string& path : recovery.quarantined)
    log_error("spool: damaged bytes are kept in {}", path);

  OX_ASSIGN_OR_RETURN(identity_.node_id, load_identity(FileSystem::real(), identity_directory));
  identity_.boot_id = Uuid::random();
  identity_.node_name = options_.node_name;
  identity_.host = host_name();
  return ok_status();
}

Status Daemon::open_stages() {
  StreamOptions stream;
  stream.host = options_.control.kind == Address::Kind::kTcp ? options_.control.host : "127.0.0.1";
  stream.first_port = options_.stream_first;
  stream.end_port = options_.stream_end;
  stream_ = std::make_unique<StreamStage>(context_, identity_.boot_id, metrics_, stream);

  if (std::string directory = options_.dead_letter_directory(); !directory.empty())
    dead_letters_ = std::make_unique<DeadLetters>(FileSystem::real(), directory);
  forward_ = std::make_unique<ForwardOutputs>(context_, identity_, *spool_, dead_letters_.get(),
                                              metrics_, options_.forward_mode, options_.forward);

  IntakeOptions intake;
  intake.when_full = options_.when_full;
  intake.sync = options_.sync;
  BatchObserver* observer = this;
  intake_ = std::make_unique<Intake>(*spool_, observer, metrics_, intake, the_clock());

  checkpoints_ = std::make_unique<Checkpoints>(*spool_, *intake_, metrics_, the_clock());
  if (!options_.log_path.empty()) {
    WriteOptions write;
    write.files.directory = options_.log_path;
    write.files.rotate_hours = options_.rotate_hours;
    write.files.max_types = options_.max_types;
    write_ = std::make_unique<WriteStage>(FileSystem::real(), *spool_, *checkpoints_, *stream_,
                                          metrics_, the_clock(), write);
    OX_RETURN_IF_ERROR(write_->open());
  }
  if (!options_.link_address().off()) {
    LinkReceiverOptions link;
    // Half of a small memory spool at most, so that one sender leaves room for the others.
    link.budget =
        spool_->on_disk() ? kLinkBudget : std::min(kLinkBudget, options_.spool_memory / 2);
    LinkStage::Node node;
    node.downstream = [this] { return forward_->downstream(); };
    node.ack_meaning = [this] {
      if (spool_->on_disk()) return AckMeaning::kStored;
      return forward_->active() ? AckMeaning::kRelayed : AckMeaning::kNone;
    };
    link_ = std::make_unique<LinkStage>(context_, identity_, *intake_, std::move(node), metrics_,
                                        the_clock(), link);
  }
  if (!options_.collect.off()) {
    CollectOptions collect;
    collect.max_event_bytes = options_.max_event_size;
    collect.sealing = {options_.batch_bytes, options_.batch_delay};
    collect_ = std::make_unique<CollectStage>(context_, *intake_, metrics_, the_clock(), collect);
  }
  NodeControl& node = *this;
  control_ = std::make_unique<ControlStage>(context_, loop_, node, metrics_, the_clock());
  return ok_status();
}

static Status bind_at(const char* option, const Address& address, Status status) {
  return status.at(fmt::format("{} {}", option, address.to_string()));
}

Status Daemon::bind_sockets() {
  if (!options_.control.off())
    OX_RETURN_IF_ERROR(bind_at("--control", options_.control, control_->bind(options_.control)));
  OX_RETURN_IF_ERROR(bind_collect_and_link());
  return stream_->bind().at("--stream-range");
}

Status Daemon::bind_collect_and_link() {
  Address collect = options_.collect;
  Address link = options_.link_address();
  bool pair = collect_ && link_ && !options_.link && collect.kind == Address::Kind::kTcp &&
              collect.port == 0;
  if (pair) {
    OX_ASSIGN_OR_RETURN(collect.port, free_port_pair(collect.host));
    link.port = static_cast<std::uint16_t>(collect.port + 1);
  }
  if (collect_) OX_RETURN_IF_ERROR(bind_at("--collect", collect, collect_->bind(collect)));
  if (link_) OX_RETURN_IF_ERROR(bind_at("--link", link, link_->bind(link)));
  return ok_status();
}

std::uint16_t Daemon::port(const std::string& socket) const {
  if (socket == "control") return control_->port();
  if (socket == "collect") return collect_ ? collect_->port() : 0;
  if (socket == "link") return link_ ? link_->port() : 0;
  if (socket == "stream") return stream_->stream_port();
  return stream_->tail_port();
}

std::vector<std::pair<std::string, std::string>> Daemon::ports() const {
  auto shown = [this](const char* socket, Address address) {
    if (address.kind == Address::Kind::kTcp) address.port = port(socket);
    return std::pair<std::string, std::string>(socket, address.to_string());
  };
  Address stream = options_.control.kind == Address::Kind::kTcp ? options_.control
                                                                : Address::tcp("127.0.0.1", 0);
  return {shown("control", options_.control), shown("collect", options_.collect),
          shown("link", options_.link_address()), shown("stream", stream), shown("tail", stream)};
}

void Daemon::run() {
  loop_.watch_fd(signals_.fd(), kReadable, [this] { on_signals(); });
  stream_->start();
  if (write_) write_->start();
  forward_->start();
  intake_->start();
  checkpoints_->start(kCheckpointInterval, [this] {
    return std::vector<Position>{spool_->committed(), forward_->released()};
  });
  if (link_) link_->start();
  if (collect_) collect_->start();
  control_->start();
  if (options_.print_ports) {
    std::fputs(ports_line(ports()).c_str(), stdout);
    std::fflush(stdout);
  }
  for (const auto& [socket, address] : ports()) log_info("{} at {}", socket, address);
  notify_service_manager("READY=1");
  loop_.run();

  notify_service_manager("STOPPING=1");
  log_info("stopping");
  stop_inputs();
  drain();
  report_left();
  intake_->stop();
  if (collect_) collect_->stop();
  if (link_) link_->stop();
  forward_->stop(options_.linger);
  if (write_) write_->stop();
  checkpoints_->stop();
  stream_->stop();
  for (auto& flush : flushes_) flush->done(Status(Code::kUnavailable, "oxd stops"));
  control_->stop();
  log_info("stopped");
}

void Daemon::on_signals() {
  while (int signal = signals_.take()) {
    if (signal == SIGHUP) {
      reload();
    } else {
      loop_.stop();
    }
  }
}

void Daemon::accepted(const SpoolRecord& record) {
  statistics_.accepted(record);
  stream_->publish_stream(record.batch);
  // A node with files shows on the tail what it has written, and where.
  if (!write_) stream_->publish_tail(record.batch, nullptr);
}

// --- Stopping ------------------------------------------------------------------------------------

void Daemon::stop_inputs() {
  if (link_) link_->refuse_batches();
  if (collect_) collect_->begin_stop();
}

bool Daemon::drained() const {
  if (collect_ && !collect_->finished()) return false;
  if (intake_->waiting_events() > 0) return false;
  Position end = spool_->end();
  if (write_ && write_->released() < end) return false;
  return forward_->released() >= end;
}

void Daemon::drain() {
  MonoTime deadline = the_clock().mono() + options_.linger;
  if (write_) write_->checkpoint_soon();
  while (!drained() && the_clock().mono() < deadline) {
    loop_.run_once(kDrainPoll);
    if (write_) write_->checkpoint_soon();
  }
}

void Daemon::report_left() {
  if (drained()) return;
  std::uint64_t waiting = intake_->waiting_events();
  std::uint64_t left = 0;
  for (const ForwardFigures& figures : forward_->status()) left += figures.pending_events;
  if (spool_->on_disk()) {
    log_warning("stopped with {} events to forward, which are kept in {}", left,
                options_.spool_directory());
    return;
  }
  log_warning(
      "stopped with {} events that were not forwarded; they are lost, but for those whose senders "
      "still keep them",
      left + waiting);
}

// --- Control -------------------------------------------------------------------------------------

std::vector<OutputStatus> Daemon::forward_targets() {
  WallTime now = the_clock().wall();
  std::vector<OutputStatus> outputs;
  for (const ForwardFigures& figures : forward_->status()) {
    OutputStatus output;
    output.name = fmt::format("forward/{}", outputs.size() + 1);
    output.kind = target_kind_name(figures.target.kind);
    output.target = figures.target.name;
    output.state = figures.state;
    output.reason = figures.reason;
    output.in_flight_bytes = figures.in_flight_bytes;
    output.acked_events = figures.acked_events;
    output.maybe_duplicated = figures.maybe_duplicated;
    output.ack_meaning = figures.ack_meaning;
    output.peer_name = figures.peer_name;
    output.peer_id = figures.peer_id;
    output.pending_events = figures.pending_events;
    output.pending_bytes = figures.pending_bytes;
    if (figures.oldest_pending) output.lag = std::max(now - *figures.oldest_pending, Micros(0));
    outputs.push_back(std::move(output));
  }
  return outputs;
}

NodeStatus Daemon::status() {
  NodeStatus status;
  status.identity = identity_;
  status.started = started_;
  status.uptime = the_clock().mono() - started_mono_;
  status.ports = ports();
  status.warnings = options_.warnings;
  status.events = statistics_.snapshot();
  status.spool = spool_->stats();
  status.spool_policy = when_full_name(options_.when_full);
  status.spool_full = intake_->full();
  status.spool_path = options_.spool_directory();
  if (write_) {
    WriteStatus files = write_->status();
    OutputStatus output;
    output.name = "files";
    output.kind = "files";
    output.target = options_.log_path;
    output.state = files.reason.empty() ? "ok" : "failed";
    output.reason = files.reason;
    output.pending_events = files.pending_events;
    output.pending_bytes = files.pending_bytes;
    output.acked_events = files.written_events;
    if (files.oldest_pending)
      output.lag = std::max(the_clock().wall() - *files.oldest_pending, Micros(0));
    status.outputs.push_back(std::move(output));
  }
  for (OutputStatus& output : forward_targets()) status.outputs.push_back(std::move(output));
  if (link_) status.peers = link_->peers();
  status.subscribers = stream_->subscribers();
  status.stream_dropped = stream_->dropped_events();
  status.metrics = &metrics_;
  return status;
}

Status Daemon::shutdown() {
  if (options_.no_remote_shutdown)
    return Status(Code::kUnsupported, "shutdown is forbidden here (--no-remote-shutdown)");
  log_warning("a control client asks for a shutdown");
  loop_.stop();
  return ok_status();
}

Status Daemon::change_targets(const std::string& op, const std::vector<std::string>& names) {
  if (names.empty() && op != "set") return Status(Code::kInvalid, "FORWARD: no target is named");
  std::vector<Target> now = forward_->targets();
  std::vector<Target> next = op == "set" ? std::vector<Target>() : now;
  for (const std::string& name : names) {
    auto target = Target::parse(name);
    if (!target.ok()) return target.status().at("FORWARD");
    auto same = std::find_if(next.begin(), next.end(),
                             [&](const Target& other) { return other.same_as(*target); });
    if (op == "remove") {
      if (same == next.end()) return Status(Code::kNotFound, name + " is no target");
      next.erase(same);
    } else {
      if (same != next.end()) return Status(Code::kInvalid, name + " is a target already");
      next.push_back(*target);
    }
  }
  OX_RETURN_IF_ERROR(forward_->set_targets(next));
  options_.forward = next;
  log_warning("a control client changed the forward targets");
  return ok_status();
}

void Daemon::flush(std::function<void(Status)> done) {
  auto flush = std::make_shared<Flush>();
  flush->done = std::move(done);
  flush->deadline = the_clock().mono() + kFlushPatience;
  flushes_.push_back(flush);
  if (collect_) {
    collect_->flush([this, flush] { loop_.post([flush] { flush->collected = true; }); });
  } else {
    flush->collected = true;
  }
  if (flush_timer_ == 0) flush_timer_ = loop_.call_every(kFlushPoll, [this] { check_flushes(); });
}

void Daemon::check_flushes() {
  for (auto it = flushes_.begin(); it != flushes_.end();) {
    Flush& flush = **it;
    if (flush.collected && !flush.target && intake_->waiting_events() == 0) {
      flush.target = spool_->end();
      if (write_) write_->checkpoint_soon();
    }
    bool written = flush.target && (!write_ || write_->released() >= *flush.target);
    bool forwarded = flush.target && forward_->released() >= *flush.target;
    if (written && forwarded) {
      flush.done(ok_status());
    } else if (the_clock().mono() >= flush.deadline) {
      const char* what = !flush.target ? "taken in" : !written ? "written" : "forwarded";
      flush.done(
          Status(Code::kUnavailable, fmt::format("not everything could be {} in time", what)));
    } else {
      ++it;
      continue;
    }
    it = flushes_.erase(it);
  }
  if (flushes_.empty()) {
    loop_.cancel(flush_timer_);
    flush_timer_ = 0;
  }
}

// --- Reloading -----------------------------------------------------------------------------------

void Daemon::reload() {
  notify_service_manager("RELOADING=1");
  auto fresh = reload_();
  if (!fresh) {
    log_error("the configuration is wrong: the former one stays");
    notify_service_manager("READY=1");
    return;
  }
  set_log_level(fresh->log_level);
  bool same = std::equal(fresh->forward.begin(), fresh->forward.end(), options_.forward.begin(),
                         options_.forward.end(),
                         [](const Target& a, const Target& b) { return a.same_as(b); });
  if (!same) {
    Status changed = forward_->set_targets(fresh->forward);
    log_warning("{}", changed.ok() ? "the forward targets have changed" : changed.message());
  }
  std::string later;
  auto note = [&](bool changed, const char* option) {
    if (changed) later += fmt::format("{}{}", later.empty() ? "" : ", ", option);
  };
  note(!(fresh->control == options_.control), "control");
  note(!(fresh->collect == options_.collect), "collect");
  note(fresh->link != options_.link, "link");
  note(fresh->log_path != options_.log_path, "log-path");
  note(fresh->rotate_hours != options_.rotate_hours, "rotate-hours");
  note(fresh->stream_first != options_.stream_first || fresh->stream_end != options_.stream_end,
       "stream-range");
  note(fresh->spool_memory != options_.spool_memory, "spool-memory");
  note(fresh->forward_mode != options_.forward_mode, "forward-mode");
  note(fresh->spool_path != options_.spool_path, "spool-path");
  note(fresh->spool_disk != options_.spool_disk, "spool-disk");
  note(fresh->sync != options_.sync, "sync");
  note(fresh->dead_letter_path != options_.dead_letter_path, "dead-letter-path");
  note(fresh->when_full != options_.when_full, "when-full");
  note(fresh->batch_bytes != options_.batch_bytes, "batch-bytes");
  note(fresh->batch_delay != options_.batch_delay, "batch-delay");
  note(fresh->max_event_size != options_.max_event_size, "max-event-size");
  note(fresh->max_types != options_.max_types, "max-types");
  note(fresh->node_name != options_.node_name, "node-name");
  note(fresh->state_dir != options_.state_dir, "state-dir");
  options_.linger = fresh->linger;
  options_.no_remote_shutdown = fresh->no_remote_shutdown;
  options_.log_level = fresh->log_level;
  options_.forward = fresh->forward;
  if (!later.empty()) log_warning("changes that the next start will take up: {}", later);
  log_info("the configuration was read again");
  notify_service_manager("READY=1");
}

}  // namespace ox
