#include "oxd/daemon.h"

#include <algorithm>
#include <csignal>
#include <cstdio>

#include <fmt/format.h>

#include "common/base/civil_time.h"
#include "common/base/log.h"
#include "common/base/ports_line.h"
#include "oxd/identity.h"
#include "oxd/notify.h"
#include "oxd/ports.h"
#include "oxd/write/log_path_claim.h"

namespace ox {

static constexpr Micros kDrainPoll = Millis(10);
static constexpr Micros kCheckpointInterval = Seconds(2);
static constexpr std::uint64_t kLinkBudget = 64 * kMiB;

static std::string holder() { return fmt::format("oxd, process {}", ::getpid()); }

Daemon::Daemon(const DaemonOptions& options, Signals& signals, Reload reload)
    : options_(options),
      signals_(signals),
      reload_(std::move(reload)),
      clock_(Clock::system()),
      started_mono_(clock_.mono()),
      started_(clock_.wall()),
      context_(2) {}

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
  OX_RETURN_IF_ERROR(load_identity_and_targets());
  OX_RETURN_IF_ERROR(open_stages());
  return bind_sockets();
}

Status Daemon::open_spool() {
  SpoolOptions options;
  options.path = options_.spool_directory();
  options.memory_limit = options_.spool_memory;
  options.disk_limit = options_.spool_disk;
  options.closer = &closer_;
  if (options_.spool_path.empty() && !options_.log_path.empty())
    OX_RETURN_IF_ERROR(may_hold_spool(FileSystem::real(), options_.log_path)
                           .at("--log-path " + options_.log_path));
  auto spool = Spool::open(FileSystem::real(), options, clock_);
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

  if (!options_.log_path.empty()) {
    auto claim =
        LogPathClaim::open(FileSystem::real(), options_.log_path, options.path, *spool_, holder());
    if (!claim.ok()) return claim.status().at("--log-path " + options_.log_path);
    log_path_claim_ = std::make_unique<LogPathClaim>(std::move(*claim));
    // Before the first checkpoint of a new spool, by which a later start knows that it is not new.
    bool fresh = !spool_->recovered_checkpoint() && !recovery.checkpoint_lost &&
                 holds_no_logs(FileSystem::real(), options_.log_path);
    record_leases_.open(options.path, fresh);
  }
  return ok_status();
}

Status Daemon::load_identity_and_targets() {
  std::string directory =
      options_.state_dir.empty() ? options_.spool_directory() : options_.state_dir;
  OX_ASSIGN_OR_RETURN(identity_.node_id, load_identity(FileSystem::real(), directory));
  identity_.boot_id = Uuid::random();
  identity_.node_name = options_.node_name;
  identity_.host = host_name();
  saved_targets_ = std::make_unique<SavedTargets>(FileSystem::real(), directory);
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
  auto targets = saved_targets_->load(options_.forward);
  if (!targets.ok()) return targets.status();
  if (!same_targets(*targets, options_.forward))
    log_warning("the forward targets are those that were set while the node ran");
  forward_ = std::make_unique<ForwardOutputs>(context_, FileSystem::real(), identity_, *spool_,
                                              dead_letters_.get(), metrics_, options_.forward_mode,
                                              options_.in_doubt);
  OX_RETURN_IF_ERROR(forward_->open(*targets, options_.spool_directory()));

  IntakeOptions intake;
  intake.when_full = options_.when_full;
  intake.sync = options_.sync;
  intake.dead_letters = dead_letters_.get();
  BatchObserver* observer = this;
  intake_ = std::make_unique<Intake>(*spool_, observer, metrics_, intake, clock_);

  forward_->set_upstream([this](const BatchId& id, RejectReason why, const std::string& detail) {
    return intake_->refuse(id, {why, detail});
  });

  checkpoints_ = std::make_unique<Checkpoints>(*spool_, *intake_, metrics_, clock_);
  if (!options_.log_path.empty()) {
    WriteOptions write;
    write.files.directory = options_.log_path;
    write.files.rotate_hours = options_.rotate_hours;
    write.files.max_types = options_.max_types;
    write_ = std::make_unique<WriteStage>(FileSystem::real(), *spool_, *checkpoints_, *stream_,
                                          metrics_, clock_, write);
    OX_RETURN_IF_ERROR(write_->open());
    open_keeper();
  }
  OX_RETURN_IF_ERROR(record_outputs());
  if (!options_.link_address().off()) {
    LinkReceiverOptions link;
    // Half of a small memory spool at most, so that one sender leaves room for the others.
    link.budget =
        spool_->on_disk() ? kLinkBudget : std::min(kLinkBudget, options_.spool_memory / 2);
    LinkStage::Node node;
    node.downstream = [this] { return forward_->downstream(); };
    node.ack_meaning = [this] {
      if (spool_->on_disk()) return AckMeaning::kStored;
      return forward_->active() && forward_->acknowledged() ? AckMeaning::kRelayed
                                                            : AckMeaning::kNone;
    };
    link_ = std::make_unique<LinkStage>(context_, identity_, *intake_, std::move(node), metrics_,
                                        clock_, link);
  }
  if (!options_.collect.off()) {
    CollectOptions collect;
    collect.max_event_bytes = options_.max_event_size;
    // A batch must not take all of a small spool.
    std::uint64_t most = spool_->on_disk() ? options_.batch_bytes : options_.spool_memory / 8;
    collect.sealing = {std::min(options_.batch_bytes, most), options_.batch_delay};
    collect_ = std::make_unique<CollectStage>(context_, *intake_, metrics_, clock_, collect);
  }
  for (const auto& [name, parked] : spool_->parked_cursors())
    log_warning("what waits for {} is kept, though there is no such output: {}", name,
                kAboutRemoved);
  Flushes::Node waiting;
  waiting.flush_collect = [this](std::function<void()> done) {
    if (collect_) {
      collect_->flush(std::move(done));
    } else {
      done();
    }
  };
  waiting.intake_idle = [this] { return intake_->waiting_events() == 0; };
  waiting.end = [this] { return spool_->end(); };
  waiting.hurry = [this] {
    if (write_) write_->checkpoint_soon();
  };
  waiting.written = [this] { return write_ ? write_->released() : spool_->end(); };
  waiting.forwarded = [this] { return forward_->released(); };
  flushes_ = std::make_unique<Flushes>(loop_, clock_, std::move(waiting));
  NodeControl& node = *this;
  control_ = std::make_unique<ControlStage>(context_, loop_, node, metrics_, clock_);
  return ok_status();
}

void Daemon::open_keeper() {
  keeper_ = std::make_unique<LogKeeper>(
      FileSystem::real(),
      [this](const std::string& path, const std::function<Status()>& change) {
        return write_->change_closed(path, change);
      },
      metrics_, clock_, options_.keep_options());
  cutoff_maker_ = std::make_unique<CutoffMaker>(
      FileSystem::real(), options_.log_path,
      [this](std::function<void(bool)> job) { keeper_->run(std::move(job)); },
      [this](std::function<void(Status)> done) {
        loop_.post([this, done = std::move(done)] { flushes_->add(done, Flushes::What::kFiles); });
      },
      [this] { return keeper_->running(); }, metrics_, clock_);
}

// A cursor that no checkpoint knows begins at the end of the spool. So that a crash makes no output
// begin later than it does now, they are all in one before anything is acknowledged.
Status Daemon::record_outputs() {
  if (!spool_->on_disk()) return ok_status();
  bool fresh = log_path_claim_ && log_path_claim_->fresh();
  if (Status status = checkpoints_->write(); !status.ok()) {
    // A full disk must not keep a node from starting that may make room by delivering.
    if (fresh || status.code() != Code::kNoSpace) return status;
    log_error("spool: no checkpoint: {}", status.message());
  }
  return fresh ? log_path_claim_->take(FileSystem::real()) : ok_status();
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
  if (keeper_) keeper_->start();
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
  // Its last answers go out while everything is there that another request may ask of.
  if (keeper_) keeper_->stop();
  loop_.run_once(Micros(0));
  intake_->stop();
  if (collect_) collect_->stop();
  if (link_) link_->stop();
  forward_->stop(options_.linger);
  if (write_) write_->stop();
  checkpoints_->stop();
  stream_->stop();
  flushes_->stop();
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

void Daemon::gave_up(const Batch& batch) { statistics_.dropped(batch); }

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
  MonoTime deadline = clock_.mono() + options_.linger;
  if (write_) write_->checkpoint_soon();
  while (!drained() && clock_.mono() < deadline) {
    loop_.run_once(kDrainPoll);
    if (write_) write_->checkpoint_soon();
  }
}

void Daemon::report_left() {
  if (drained()) return;
  std::uint64_t waiting = intake_->waiting_events();
  std::uint64_t left = 0;  // an event that waits for several targets counts once
  for (const ForwardFigures& figures : forward_->status())
    left = std::max(left, figures.pending_events);
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

}  // namespace ox
