#include "oxingest/journal_transport.h"

#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/log.h"
#include "tests/unit/base/temporary_directory.h"
#include "tests/unit/ingest/transport_fixture.h"
#include "tests/unit/link/scripted_receiver.h"

namespace ox {
namespace {

struct JournaledFixture : TransportFixture {
  JournaledFixture() {
    options.hosts = {{Target::Kind::kLink, receiver.address(), "receiver"}};
    options.node_name = "web-1";
    for (const char* name : {"a", "b"}) {
      std::ofstream(dir / name) << "old\n";
      options.files.push_back({name, dir / name});
    }
    options.state_dir = dir / "state";
    options.batch_bytes = 1024;
  }
  ~JournaledFixture() override { set_log_sink(nullptr); }
  void open() {
    auto opened = IngestState::open(FileSystem::real(), options, Clock::system());
    REQUIRE_MESSAGE(opened.ok(), opened.status().message());
    state = std::move(*opened);
    transport.emplace(loop, options, state, *this, metrics);
    transport->start();
  }
  void close() {
    transport.reset();
    state = {};
  }
  bool offer_line(SourceNumber source, std::uint64_t offset) {
    FilePosition position{options.files[source].path, {{{1, 2}, offset, false, {}}}};
    std::string encoded = position.encode();
    std::string body = options.files[source].type + std::to_string(offset);
    body.resize(std::max<std::size_t>(body.size(), padding), '.');
    return transport->add({options.files[source].type, "h", 1.0, body, source, encoded}) ==
           EventSink::Answer::kTaken;
  }
  std::uint64_t recorded(SourceNumber source) {
    const auto& position = state.journals[source]->recovered_position();
    return position ? position->marks.at(0).offset : 0;
  }

  zmq::context_t context;
  ScriptedReceiver receiver{context, loop};
  TemporaryDirectory dir;
  IngestOptions options;
  IngestState state;
  std::optional<JournalTransport> transport;
  std::size_t padding = 0;
};

TEST_CASE_FIXTURE(JournaledFixture, "every file's events come in order, and are then forgotten") {
  open();
  for (std::uint64_t n = 1; n <= 200; ++n) REQUIRE(offer_line(n % 2, n));
  transport->finish();
  REQUIRE(until([&] { return transport->drained(); }));
  CHECK(transport->figures().done == 200);
  CHECK(transport->loss().empty());
  std::uint64_t last_a = 0;
  std::uint64_t last_b = 0;
  CHECK(receiver.bodies().size() == 200);
  for (const std::string& body : receiver.bodies()) {
    std::uint64_t& last = body[0] == 'a' ? last_a : last_b;
    std::uint64_t number = std::stoull(body.substr(1));
    CHECK(number == (last == 0 ? (body[0] == 'a' ? 2 : 1) : last + 2));
    last = number;
  }
  close();
  open();
  CHECK(transport->figures().waiting == 0);
  CHECK(recorded(0) == 200);
  CHECK(recorded(1) == 199);
}

TEST_CASE_FIXTURE(JournaledFixture, "what nobody acknowledged is sent again as it was, and first") {
  receiver.acks = false;
  open();
  for (std::uint64_t n = 1; n <= 100; ++n) REQUIRE(offer_line(0, n));
  transport->finish();
  REQUIRE(until([&] { return receiver.bodies().size() == 100; }));
  CHECK(transport->loss().find("100 events were not acknowledged") == 0);
  CHECK(transport->loss().find(options.state_dir) != std::string::npos);
  close();
  std::vector<ReceivedBatch> first = std::exchange(receiver.batches, {});
  receiver.acks = true;
  open();
  CHECK(transport->figures().waiting == 100);
  CHECK(recorded(0) == 100);
  REQUIRE(offer_line(0, 101));
  transport->finish();
  REQUIRE(until([&] { return transport->drained(); }));
  REQUIRE(receiver.batches.size() == first.size() + 1);
  for (std::size_t i = 0; i < first.size(); ++i) {
    CHECK(receiver.batches[i].id == first[i].id);
    CHECK(receiver.batches[i].bodies == first[i].bodies);
  }
  CHECK(receiver.batches.back().bodies == std::vector<std::string>{"a101"});
}

TEST_CASE_FIXTURE(JournaledFixture, "a position is that of the last event in its batch") {
  receiver.disappear();
  padding = 300;
  open();
  for (std::uint64_t n = 1; n <= 10; ++n) REQUIRE(offer_line(0, n));
  // Full batches only: what is in the batch at hand was not made safe.
  REQUIRE(until([&] {
    auto record = state.journals[0]->disk_bytes();
    return record > 0 && transport->figures().taken == 10;
  }));
  close();
  open();
  std::uint64_t safe = recorded(0);
  CHECK(safe > 0);
  CHECK(transport->figures().waiting == safe);
}

TEST_CASE_FIXTURE(JournaledFixture,
                  "a file larger than its budget stops the reading, not the end") {
  receiver.disappear();
  options.max_event_size = 1024;
  options.spool_disk = 64 * kKiB;
  options.spool_memory = 8 * kKiB;
  padding = 900;
  open();
  std::uint64_t n = 0;
  MonoTime deadline = Clock::system().mono() + Seconds(60);
  int refused = 0;
  // Refusals before that much only mean that the disk is slow.
  while ((refused < 5 || n * padding <= 40 * kKiB) && Clock::system().mono() < deadline) {
    if (offer_line(0, n + 1)) {
      ++n;
      refused = 0;
      continue;
    }
    ++refused;
    for (int i = 0; i < 50; ++i) loop.run_once(Millis(1));
  }
  CHECK(refused >= 5);
  CHECK(n * padding < 80 * kKiB);
  CHECK(n * padding > 40 * kKiB);
  CHECK(state.journals[0]->disk_bytes() <= options.spool_disk);
  receiver.appear();
  REQUIRE(until([&] { return rooms > 0; }));
  transport->finish();
  CHECK(until([&] { return transport->drained(); }));
  CHECK(receiver.bodies().size() == n);
}

TEST_CASE_FIXTURE(JournaledFixture,
                  "a batch that is refused for itself is kept, and not sent again") {
  receiver.acks = false;
  set_log_sink([](LogLevel, std::string_view) {});
  open();
  REQUIRE(offer_line(0, 1));
  transport->finish();
  REQUIRE(until([&] { return receiver.batches.size() == 1; }));
  receiver.reject(0, RejectReason::kUnsupported);
  REQUIRE(until([&] { return transport->drained(); }));
  CHECK(transport->figures().refused == 1);
  CHECK(transport->loss() == "1 event was refused: unsupported: by the test");
  auto letters = FileSystem::real().list(options.state_dir + "/dead-letters");
  REQUIRE(letters.ok());
  CHECK(letters->size() == 1);
  close();
  open();
  CHECK(transport->figures().waiting == 0);
}

TEST_CASE_FIXTURE(JournaledFixture, "the longest lines have batches of their own") {
  options.batch_bytes = 8 * kMiB;
  options.max_event_size = 15 * kMiB;
  options.spool_disk = kUnlimited;
  receiver.window = 64 << 20;
  open();
  REQUIRE(offer_line(0, 1));
  padding = 15 * kMiB;
  for (std::uint64_t n = 2; n <= 3; ++n) {
    REQUIRE(until([&] { return offer_line(0, n); }));
    padding = n == 2 ? 7 * kMiB : padding;
  }
  transport->finish();
  REQUIRE(until([&] { return transport->drained(); }));
  CHECK(receiver.bodies().size() == 3);
}

}  // namespace
}  // namespace ox
