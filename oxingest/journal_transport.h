#pragma once
// Lines of followed files over the link, exactly once: every batch is safe in the journal of its
// file, with the position that it reaches, before it is sent.
//
//   add() --sealer of the file--> JournalWriter --journal--> pump() --> LinkPublisher ... release()
//
// Each file has batches of its own. What an earlier run left in the journals goes first. A batch
// that the receiver refuses for what it is, goes to <state directory>/dead-letters. Anything not
// acknowledged at the end stays in the journal, or in its file, for the next start.
// Memory: the writer's queue, what the journals cache, and what is on its way within the window.
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <zmq.hpp>

#include "common/base/event_loop.h"
#include "common/base/metrics.h"
#include "common/ingest/file_journal.h"
#include "common/ingest/journal_writer.h"
#include "common/ingest/live/transport.h"
#include "common/link/publisher.h"
#include "common/spool/dead_letters.h"
#include "oxingest/options.h"
#include "oxingest/state_directory.h"
#include "proto/sealer.h"

namespace ox {

class JournalTransport : public Transport, private LinkPublisherOwner {
 public:
  // An event's source is the index of its journal in `state`. The references must outlive the
  // transport.
  JournalTransport(EventLoop& loop, const IngestOptions& options, IngestState& state,
                   TransportOwner& owner, Metrics& metrics);
  ~JournalTransport() override;

  Answer add(const IngestEvent& event) override;
  void input_dry() override;

  void start() override;
  void finish() override;
  bool drained() const override;
  TransportFigures figures() const override;
  // Stored: for a state with one journal. Without the events of an earlier run.
  std::uint64_t safe_events() const override { return writer_.committed_events(); }
  bool ready() const override { return failure_.ok() && writer_.problem().empty(); }
  std::string problem() const override;
  std::string loss() const override;
  Status failure() const override { return failure_; }

 private:
  // One followed file.
  struct Lane {
    FileJournal* journal = nullptr;
    std::unique_ptr<Sealer> sealer;
    std::string position;        // behind the last event added
    std::string position_ahead;  // behind the event that is being added
    std::uint32_t added = 0;     // events in the batch at hand
    std::size_t open_bytes = 0;  // of these
    bool ended = false;          // next() had nothing more when last asked
  };
  // A batch that was given to the publisher.
  struct Sent {
    std::size_t lane;
    Position end;
    std::uint32_t events;
    bool of_this_run;
  };

  void sealed(Lane& lane, std::size_t index, BatchPtr batch);
  void arm();
  void on_deadline();
  void committed();
  bool fetch();
  void pump();
  void fail(const Status& status);

  void settled() override;
  void link_changed() override;
  bool refused(const Batch& batch, RejectReason reason, const std::string& detail) override;
  bool in_doubt_too_long(const Batch& batch) override;
  bool keep_aside(const Batch& batch, std::string_view name, const std::string& why);

  EventLoop& loop_;
  TransportOwner& owner_;
  const Micros batch_delay_;
  const std::uint64_t queue_limit_;
  const std::string state_directory_;
  const std::string receivers_;  // for people
  zmq::context_t context_;
  LinkPublisher publisher_;
  DeadLetters dead_letters_;
  std::vector<Lane> lanes_;
  // Work posted by the writer's thread looks here whether the transport is still there.
  const std::shared_ptr<JournalTransport*> self_;
  JournalWriter writer_;

  EventLoop::Id deadline_timer_ = 0;
  bool refuses_ = false;  // add() answered kFull, and room() was not called since
  bool finishing_ = false;
  // The next batch to be published, and its lane.
  std::optional<FileJournal::Record> next_;
  std::size_t next_lane_ = 0;
  std::deque<Sent> sent_;
  std::uint64_t settled_batches_ = 0;
  std::uint64_t taken_ = 0;  // events, those of an earlier run included
  std::uint64_t done_ = 0;
  std::uint64_t refused_ = 0;
  std::string refused_reason_;
  Status failure_;
};

}  // namespace ox
