#include "common/ingest/live/group_queue.h"

#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/clock.h"

namespace ox {
namespace {

// Takes, makes safe and refuses as it is told.
class ScriptedTransport : public Transport {
 public:
  Answer add(const IngestEvent& event) override {
    if (bodies.size() >= room) return Answer::kFull;
    bodies.emplace_back(event.body);
    return Answer::kTaken;
  }
  void input_dry() override { ++dry; }
  void start() override {}
  void finish() override {}
  bool drained() const override { return true; }
  TransportFigures figures() const override { return {bodies.size(), safe, refused, 0}; }
  std::uint64_t safe_events() const override { return safe; }
  bool ready() const override { return is_ready; }
  std::string problem() const override { return {}; }
  std::string loss() const override { return {}; }

  std::vector<std::string> bodies;
  std::size_t room = 1000;
  std::uint64_t safe = 0;
  std::uint64_t refused = 0;
  bool is_ready = true;
  int dry = 0;
};

struct QueueFixture {
  QueueFixture() {
    options.waiting_bytes = 1000;
    options.take_within = Seconds(10);
    options.answer_within = Seconds(30);
    queue.emplace(loop, transport, metrics, clock, options);
  }
  static EventGroup group(const std::vector<std::string>& bodies) {
    EventGroup out;
    for (const std::string& body : bodies) REQUIRE(out.add("type", "host", 1, body).ok());
    return out;
  }
  // The index of the answer to come in `answers`.
  std::size_t submit(EventGroup events) {
    std::size_t index = answers.size();
    answers.emplace_back();
    queue->submit(std::move(events), [this, index](Delivery delivery) {
      CHECK(!answers[index]);
      answers[index] = delivery;
    });
    return index;
  }
  void run() { loop.run_once(Micros(0)); }
  void look() { queue->progressed(); }

  EventLoop loop;
  ScriptedTransport transport;
  Metrics metrics;
  FakeClock clock;
  GroupQueueOptions options;
  std::vector<std::optional<Delivery>> answers;
  std::optional<GroupQueue> queue;
};

TEST_CASE_FIXTURE(QueueFixture, "a group is answered when its last event is safe, and not before") {
  submit(group({"1", "2"}));
  submit(group({"3"}));
  run();
  CHECK(transport.bodies == std::vector<std::string>{"1", "2", "3"});
  CHECK(transport.dry > 0);
  transport.safe = 1;
  queue->progressed();
  CHECK(!answers[0]);
  transport.safe = 2;
  queue->progressed();
  CHECK(answers[0] == Delivery::kSafe);
  CHECK(!answers[1]);
  transport.safe = 3;
  queue->progressed();
  CHECK(answers[1] == Delivery::kSafe);
}

TEST_CASE_FIXTURE(QueueFixture, "a group without events is safe at once") {
  submit(EventGroup());
  CHECK(answers[0] == Delivery::kSafe);
}

TEST_CASE_FIXTURE(QueueFixture, "a group goes on where the transport was full") {
  transport.room = 1;
  submit(group({"1", "2"}));
  run();
  CHECK(transport.bodies.size() == 1);
  transport.room = 2;
  queue->progressed();
  CHECK(transport.bodies == std::vector<std::string>{"1", "2"});
}

TEST_CASE_FIXTURE(QueueFixture,
                  "what cannot be taken in time is given back whole, and never sent") {
  transport.is_ready = false;
  submit(group({"1"}));
  run();
  clock.advance(Seconds(9));
  look();
  CHECK(!answers[0]);
  clock.advance(Seconds(1));
  look();
  CHECK(answers[0] == Delivery::kUnavailable);
  transport.is_ready = true;
  queue->progressed();
  CHECK(transport.bodies.empty());
}

TEST_CASE_FIXTURE(QueueFixture,
                  "a group that was begun is ended, even when the next hop goes away") {
  transport.room = 1;
  submit(group({"1", "2"}));
  run();
  transport.is_ready = false;
  clock.advance(Seconds(20));
  look();
  CHECK(!answers[0]);
  transport.room = 2;
  queue->progressed();
  CHECK(transport.bodies.size() == 2);
}

TEST_CASE_FIXTURE(QueueFixture, "what was taken and not confirmed in time is in doubt, once") {
  submit(group({"1"}));
  run();
  clock.advance(Seconds(30));
  look();
  CHECK(answers[0] == Delivery::kInDoubt);
  transport.safe = 1;
  queue->progressed();
  submit(group({"2"}));
  run();
  transport.safe = 2;
  queue->progressed();
  CHECK(answers[1] == Delivery::kSafe);
}

TEST_CASE_FIXTURE(QueueFixture, "a group that may have been refused is not called safe") {
  submit(group({"1"}));
  run();
  transport.safe = 1;
  transport.refused = 1;
  queue->progressed();
  CHECK(answers[0] == Delivery::kRefused);
  submit(group({"2"}));
  run();
  transport.safe = 2;
  queue->progressed();
  CHECK(answers[1] == Delivery::kSafe);
}

TEST_CASE_FIXTURE(QueueFixture,
                  "over the limit a group is sent away, but a large one alone is taken") {
  transport.is_ready = false;
  submit(group({std::string(2000, 'x')}));
  submit(group({"1"}));
  CHECK(!answers[0]);
  CHECK(answers[1] == Delivery::kBusy);
  CHECK(metrics.counter("gate.busy").value() == 1);
  run();
  transport.is_ready = true;
  queue->progressed();
  submit(group({"2"}));
  run();
  CHECK(transport.bodies.size() == 2);
}

TEST_CASE_FIXTURE(QueueFixture,
                  "after stop() nothing is taken, and what was taken is still answered") {
  submit(group({"1"}));
  run();
  transport.is_ready = false;
  submit(group({"2"}));
  run();
  queue->stop();
  CHECK(answers[1] == Delivery::kUnavailable);
  submit(group({"3"}));
  CHECK(answers[2] == Delivery::kUnavailable);
  CHECK(!queue->finished());
  transport.safe = 1;
  queue->progressed();
  CHECK(answers[0] == Delivery::kSafe);
  CHECK(queue->finished());
}

TEST_CASE_FIXTURE(QueueFixture, "nobody is left without an answer when the queue goes") {
  submit(group({"1"}));
  run();
  submit(group({"2"}));
  queue.reset();
  CHECK(answers[0] == Delivery::kInDoubt);
  CHECK(answers[1].has_value());
}

TEST_CASE_FIXTURE(
    QueueFixture,
    "a patient group goes to a transport that nobody answers, and waits for its answer") {
  transport.is_ready = false;
  int taken = 0;
  std::optional<Delivery> answer;
  queue->hand_over(
      group({"a", "b"}), [&] { ++taken; }, [&](Delivery delivery) { answer = delivery; });
  run();
  CHECK(transport.bodies == std::vector<std::string>{"a", "b"});
  CHECK(taken == 1);
  clock.advance(Seconds(1000));
  look();
  CHECK(!answer);
  transport.safe = 2;
  look();
  REQUIRE(answer);
  CHECK(*answer == Delivery::kSafe);
  queue->stop();
  CHECK(queue->finished());
}

TEST_CASE_FIXTURE(QueueFixture,
                  "a patient group is never given back, however long there is no room") {
  transport.room = 1;
  int taken = 0;
  queue->hand_over(group({"a", "b"}), [&] { ++taken; }, {});
  run();
  CHECK(taken == 0);
  CHECK(queue->untaken() == 1);
  clock.advance(Seconds(1000));
  look();
  CHECK(taken == 0);
  queue->stop();
  CHECK(!queue->finished());
  transport.room = 2;
  look();
  CHECK(taken == 1);
  CHECK(queue->untaken() == 0);
  CHECK(queue->finished());
}

TEST_CASE_FIXTURE(QueueFixture, "patient groups do not hold up those of clients, nor these them") {
  transport.is_ready = false;
  const std::size_t timely = submit(group({"timely"}));
  queue->hand_over(group({"patient"}), {}, {});
  run();
  CHECK(transport.bodies == std::vector<std::string>{"patient"});
  transport.is_ready = true;
  transport.room = 2;
  queue->hand_over(group({"more"}), {}, {});
  run();
  look();
  transport.room = 3;
  look();
  CHECK(transport.bodies.size() == 3);
  transport.safe = 3;
  look();
  REQUIRE(answers[timely]);
  CHECK(*answers[timely] == Delivery::kSafe);
}

TEST_CASE_FIXTURE(QueueFixture,
                  "a client's answer is in doubt in time behind patient groups, too") {
  queue->hand_over(group({"a"}), {}, [](Delivery) {});
  run();
  const std::size_t timely = submit(group({"b"}));
  run();
  clock.advance(Seconds(20));
  queue->hand_over(group({"c"}), {}, [](Delivery) {});
  run();
  clock.advance(Seconds(10));
  look();
  REQUIRE(answers[timely]);
  CHECK(*answers[timely] == Delivery::kInDoubt);
}

TEST_CASE_FIXTURE(QueueFixture,
                  "when the queue ends, whoever still waits hears that nothing is known") {
  std::optional<Delivery> waiting;
  std::optional<Delivery> late;
  transport.room = 0;
  queue->hand_over(group({"a"}), {}, [&](Delivery delivery) { waiting = delivery; });
  run();
  queue->stop();
  queue->hand_over(group({"b"}), {}, [&](Delivery delivery) { late = delivery; });
  REQUIRE(late);
  CHECK(*late == Delivery::kInDoubt);
  queue.reset();
  REQUIRE(waiting);
  CHECK(*waiting == Delivery::kInDoubt);
}

}  // namespace
}  // namespace ox
