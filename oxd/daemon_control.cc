// What the control socket and SIGHUP ask of a running node.
#include <algorithm>

#include <fmt/format.h>

#include "common/base/log.h"
#include "oxd/daemon.h"
#include "oxd/forward/optional_targets.h"
#include "oxd/notify.h"

namespace ox {

std::vector<OutputStatus> Daemon::forward_targets() {
  WallTime now = clock_.wall();
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
    output.optional = figures.target.optional;
    output.skipped_events = figures.skipped_events;
    output.ack_meaning = figures.ack_meaning;
    output.peer_name = figures.peer_name;
    output.peer_id = figures.peer_id;
    output.pending_events = figures.pending_events;
    output.pending_bytes = figures.pending_bytes;
    if (figures.oldest_pending) output.lag = std::max(now - *figures.oldest_pending, Micros(0));
    outputs.push_back(std::move(output));
  }
  for (const auto& [name, parked] : spool_->parked_cursors()) {
    OutputStatus output;
    output.name = name;
    output.kind = "removed";
    output.target = name;
    output.state = "removed";
    output.reason = kAboutRemoved;
    output.pending_events = parked.pending_events;
    output.pending_bytes = spool_->end() - parked.released;
    outputs.push_back(std::move(output));
  }
  return outputs;
}

NodeStatus Daemon::status() {
  NodeStatus status;
  status.identity = identity_;
  status.started = started_;
  status.uptime = clock_.mono() - started_mono_;
  status.ports = ports();
  status.warnings = options_.warnings;
  if (!options_.log_path.empty() && !record_leases_.problem().ok())
    status.warnings.push_back(record_leases_.problem().message());
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
      output.lag = std::max(clock_.wall() - *files.oldest_pending, Micros(0));
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
  if (op == "discard") return discard(names);
  if (names.empty() && op != "set") return Status(Code::kInvalid, "FORWARD: no target is named");
  std::vector<Target> now = forward_->targets();
  std::vector<Target> next = op == "set" ? std::vector<Target>() : now;
  for (const std::string& name : names) {
    auto target = Target::parse_forward(name);
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
  OX_RETURN_IF_ERROR(set_targets(options_.forward, next));
  log_warning("a control client changed the forward targets");
  return ok_status();
}

Status Daemon::set_targets(const std::vector<Target>& configured,
                           const std::vector<Target>& targets) {
  OX_RETURN_IF_ERROR(check_targets(targets, options_.forward_mode, !options_.log_path.empty()));
  std::vector<Target> former = forward_->targets();
  OX_RETURN_IF_ERROR(forward_->set_targets(targets));
  Status saved = saved_targets_->save(configured, targets);
  // With the cursors of outputs that are new: see record_outputs().
  if (saved.ok() && spool_->on_disk()) saved = checkpoints_->write();
  if (!saved.ok()) (void)forward_->set_targets(former);
  return saved;
}

Status Daemon::discard(const std::vector<std::string>& names) {
  if (names.empty()) return Status(Code::kInvalid, "FORWARD: no output is named");
  for (const std::string& name : names) {
    OX_RETURN_IF_ERROR(spool_->discard_cursor(name));
    if (name == WriteStage::kCursorName) checkpoints_->forget_store();
    OX_RETURN_IF_ERROR(forward_->discarded(name));
    log_warning("a control client discarded what waited for {}", name);
  }
  // So that a crash does not bring back what the client was told is gone.
  return spool_->on_disk() ? checkpoints_->write() : ok_status();
}

Result<RecordIdReply> Daemon::record_ids(const RecordIdRequest& request) {
  return record_leases_.answer(request);
}

void Daemon::cut_off(const CutoffRequest& request, std::function<void(const CutoffReply&)> done) {
  if (!cutoff_maker_) {
    CutoffReply reply;
    reply.unsupported = true;
    reply.error =
        "CUT_OFF: this node keeps no log files (it has no --log-path): ask the collector that does";
    return done(reply);
  }
  cutoff_maker_->ask(request, [this, done = std::move(done)](const CutoffReply& reply) {
    loop_.post([done, reply] { done(reply); });
  });
}

void Daemon::flush(std::function<void(Status)> done) { flushes_->add(std::move(done)); }

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
  // Targets that were set by control stay until the configuration names others than before.
  if (!same_targets(fresh->forward, options_.forward)) {
    Status changed = set_targets(fresh->forward, fresh->forward);
    log_warning("{}", changed.ok() ? "the forward targets have changed" : changed.message());
    if (changed.ok()) options_.forward = fresh->forward;
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
  note(fresh->compress_after != options_.compress_after, "compress-after");
  note(fresh->retain_days != options_.retain_days, "retain-days");
  note(fresh->retain_bytes != options_.retain_bytes, "retain-bytes");
  note(fresh->stream_first != options_.stream_first || fresh->stream_end != options_.stream_end,
       "stream-range");
  note(fresh->spool_memory != options_.spool_memory, "spool-memory");
  note(fresh->forward_mode != options_.forward_mode, "forward-mode");
  note(fresh->in_doubt != options_.in_doubt, "failover-in-doubt");
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
  if (!later.empty()) log_warning("changes that the next start will take up: {}", later);
  log_info("the configuration was read again");
  notify_service_manager("READY=1");
}

}  // namespace ox
