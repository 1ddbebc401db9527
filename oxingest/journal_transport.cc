#include "oxingest/journal_transport.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/base/log.h"
#include "common/ingest/live/link_setup.h"

namespace ox {
namespace {

// What may wait for the disk: a group, and the one being sealed behind it.
constexpr std::uint64_t kQueueLimit = 16 * kMiB;
// While nobody is there to send to, lines are made safe this often, in larger batches.
constexpr Micros kDelayWithoutLink = Seconds(1);

std::vector<FileJournal*> pointers(const IngestState& state) {
  std::vector<FileJournal*> out;
  for (const auto& journal : state.journals) out.push_back(journal.get());
  return out;
}

JournalWriterOptions writer_options(const IngestOptions& options) {
  JournalWriterOptions out;
  out.disk_limit = options.spool_disk;
  return out;
}

}  // namespace

JournalTransport::JournalTransport(EventLoop& loop, const IngestOptions& options,
                                   IngestState& state, TransportOwner& owner, Metrics& metrics)
    : loop_(loop),
      owner_(owner),
      batch_delay_(options.batch_delay),
      queue_limit_(std::min(kQueueLimit, options.spool_memory)),
      state_directory_(state.directory),
      receivers_(names_of(options.hosts)),
      publisher_(context_, loop, ingest_identity(options), addresses_of(options.hosts), *this,
                 metrics, Clock::system(), publisher_options(options)),
      dead_letters_(FileSystem::real(), join_path(state.directory, "dead-letters")),
      lanes_(state.journals.size()),
      self_(std::make_shared<JournalTransport*>(this)),
      writer_(
          pointers(state),
          [this, self = std::weak_ptr(self_)] {
            loop_.post([self] {
              if (auto transport = self.lock()) (*transport)->committed();
            });
          },
          writer_options(options)) {
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    Lane& lane = lanes_[i];
    lane.journal = state.journals[i].get();
    lane.sealer = std::make_unique<Sealer>(
        publisher_options(options).sealing, Clock::system(),
        [this, &lane, i](BatchPtr batch) { sealed(lane, i, std::move(batch)); });
    taken_ += lane.journal->recovered_events();
    if (lane.journal->recovered_batches() > 0)
      log_info("{}: {} events of an earlier run are sent first", lane.journal->name(),
               lane.journal->recovered_events());
  }
}

JournalTransport::~JournalTransport() {
  loop_.cancel(deadline_timer_);
  writer_.stop();
}

void JournalTransport::start() {
  writer_.start();
  publisher_.start();
}

EventSink::Answer JournalTransport::add(const IngestEvent& event) {
  if (refuses_ || !failure_.ok() || writer_.queued_bytes() > queue_limit_) {
    refuses_ = true;
    return Answer::kFull;
  }
  OX_CHECK(LinkPublisher::can_carry(event.type, event.host, event.body.size()));
  Lane& lane = lanes_[event.source];
  // A record has less room than a batch: see journal_entry.h.
  constexpr std::size_t kNames = 4 * kMaxNameBytes;
  if (lane.open_bytes + event.body.size() + kNames > kMaxJournalBatch) lane.sealer->flush();
  lane.position_ahead.assign(event.position);
  lane.sealer->add(event.type, event.host, event.end, event.body);
  ++taken_;
  lane.position.swap(lane.position_ahead);
  if (lane.sealer->waiting_events() > 0) {
    // Adding may have sealed those before.
    bool alone = lane.sealer->waiting_events() == 1;
    lane.added = alone ? 1 : lane.added + 1;
    lane.open_bytes = (alone ? 0 : lane.open_bytes) + event.body.size() + 14;
    arm();
  }
  return Answer::kTaken;
}

// Called from inside the sealer: in add(), the batch has the event that is being added or ends in
// front of it.
void JournalTransport::sealed(Lane& lane, std::size_t index, BatchPtr batch) {
  bool with_event_at_hand = batch->event_count() > lane.added;
  writer_.append(index, std::move(batch), with_event_at_hand ? lane.position_ahead : lane.position);
  lane.added = 0;
  lane.open_bytes = 0;
}

void JournalTransport::input_dry() {
  for (Lane& lane : lanes_) lane.sealer->input_dry();
}

void JournalTransport::arm() {
  if (deadline_timer_ != 0) return;
  bool connected = publisher_.state() == LinkState::kConnected;
  Micros delay = connected ? batch_delay_ : std::max(batch_delay_, kDelayWithoutLink);
  deadline_timer_ = loop_.call_after(delay, [this] {
    deadline_timer_ = 0;
    on_deadline();
  });
}

void JournalTransport::on_deadline() {
  bool more = false;
  for (Lane& lane : lanes_) {
    lane.sealer->on_deadline();
    more = more || lane.sealer->waiting_events() > 0;
  }
  if (more) arm();
}

// The writer made some batches safe, or failed.
void JournalTransport::committed() {
  if (Status status = writer_.failure(); !status.ok()) return fail(status);
  for (Lane& lane : lanes_) lane.ended = false;
  pump();
  if (refuses_ && failure_.ok() && writer_.queued_bytes() <= queue_limit_ / 2) {
    refuses_ = false;
    owner_.room();
  }
  owner_.progressed();
}

// Gets the next batch of the next lane that has one.
bool JournalTransport::fetch() {
  if (next_) return true;
  for (std::size_t tried = 0; tried < lanes_.size(); ++tried) {
    next_lane_ = (next_lane_ + 1) % lanes_.size();
    Lane& lane = lanes_[next_lane_];
    if (lane.ended) continue;
    auto record = lane.journal->next();
    // Of damage in between the rest is still to be had.
    while (record.status().code() == Code::kCorrupt) record = lane.journal->next();
    if (!record.ok()) {
      fail(record.status());
      return false;
    }
    next_ = std::move(*record);
    if (next_) return true;
    lane.ended = true;
  }
  return false;
}

void JournalTransport::pump() {
  while (failure_.ok() && fetch() && publisher_.can_publish(next_->batch->bytes().size())) {
    const Batch& batch = *next_->batch;
    bool of_this_run = batch.id().run == lanes_[next_lane_].sealer->run();
    sent_.push_back({next_lane_, next_->end, batch.event_count(), of_this_run});
    publisher_.publish(std::move(next_->batch));
    next_.reset();
  }
}

void JournalTransport::settled() {
  for (; settled_batches_ < publisher_.settled_batches(); ++settled_batches_) {
    Sent sent = sent_.front();
    sent_.pop_front();
    lanes_[sent.lane].journal->release(sent.end);
    if (sent.of_this_run) lanes_[sent.lane].sealer->settled();
    done_ += sent.events;
  }
  writer_.released();
  pump();
  owner_.progressed();
}

void JournalTransport::link_changed() { pump(); }

bool JournalTransport::refused(const Batch& batch, RejectReason reason, const std::string& detail) {
  std::string_view name = reject_reason_name(reason);
  return keep_aside(batch, name,
                    detail.empty() ? std::string(name) : fmt::format("{}: {}", name, detail));
}

bool JournalTransport::in_doubt_too_long(const Batch& batch) {
  return keep_aside(batch, "in_doubt_too_long",
                    "sent weeks ago and not acknowledged: the receiver may have it, and have "
                    "forgotten that");
}

bool JournalTransport::keep_aside(const Batch& batch, std::string_view name,
                                  const std::string& why) {
  Status status = dead_letters_.keep(batch, name);
  // It is not released then, and sent again by the next start.
  if (!status.ok()) {
    fail(status.at("a refused batch cannot be kept"));
    return false;
  }
  log_error("{} refused ({}), and kept in {}", events_were(batch.event_count()), why,
            dead_letters_.directory());
  refused_ += batch.event_count();
  refused_reason_ = why;
  return true;
}

void JournalTransport::fail(const Status& status) {
  if (!failure_.ok()) return;
  failure_ = status;
  owner_.progressed();
}

void JournalTransport::finish() {
  finishing_ = true;
  for (Lane& lane : lanes_) lane.sealer->flush();
}

bool JournalTransport::drained() const {
  if (!finishing_ || writer_.queued_bytes() > 0) return false;
  return std::all_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) {
    return lane.sealer->waiting_events() == 0 && lane.journal->drained();
  });
}

TransportFigures JournalTransport::figures() const {
  return {taken_, done_ - refused_, refused_, taken_ - done_};
}

std::string JournalTransport::problem() const {
  if (std::string disk = writer_.problem(); !disk.empty()) return disk;
  return link_problem(publisher_, receivers_);
}

std::string JournalTransport::loss() const {
  std::string out;
  if (!failure_.ok()) out = failure_.message();
  if (taken_ > done_) {
    out +=
        fmt::format("{}{} not acknowledged", out.empty() ? "" : "; ", events_were(taken_ - done_));
    if (std::string why = problem(); !why.empty()) out += ": " + why;
    out += fmt::format("; they are kept for the next start ({})", state_directory_);
  }
  if (refused_ > 0)
    out += fmt::format("{}{} refused: {}", out.empty() ? "" : "; ", events_were(refused_),
                       refused_reason_);
  return out;
}

}  // namespace ox
