// An application for client_test.py: sends events from several threads, then waits for the end of
// its input, and prints what became of them as one JSON line.
//
//   client_driver ADDRESS THREADS EVENTS [LINGER_MS [QUEUE_EVENTS]]
//
// Thread t sends EVENTS pairs of type "load.<t>" and "load.<t>.step", whose bodies are {"n": 0},
// ...
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <oxd/client.h>

namespace {

void send(int thread, int events) {
  for (int n = 0; n < events; ++n) {
    ox::Context load("load." + std::to_string(thread));
    ox::set("n", n);
    ox::Context step(".step");
    ox::set("n", n);
    ox::append("text", std::string(40, 'x'));
    ox::Timer timer("seconds");
  }
}

void print(const char* name, std::uint64_t value) {
  std::printf("\"%s\": %llu, ", name, static_cast<unsigned long long>(value));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  ox::ClientOptions options;
  options.address = argv[1];
  if (argc > 4) options.linger = std::chrono::milliseconds(std::strtol(argv[4], nullptr, 10));
  if (argc > 5) options.queue_events = std::strtoul(argv[5], nullptr, 10);
  std::string error;
  if (!ox::configure(options, &error)) {
    std::fprintf(stderr, "client_driver: %s\n", error.c_str());
    return 2;
  }
  int events = static_cast<int>(std::strtol(argv[3], nullptr, 10));
  std::vector<std::thread> threads;
  for (int t = 0; t < static_cast<int>(std::strtol(argv[2], nullptr, 10)); ++t)
    threads.emplace_back(send, t, events);
  for (std::thread& thread : threads) thread.join();
  std::puts("{\"ready\": true}");
  std::fflush(stdout);

  while (std::getchar() != EOF) {
  }
  if (argc > 6) {
    static ox::Context last("last");
    last.set("n", 0);
    return 0;
  }
  bool complete = ox::shutdown();
  ox::ClientStats stats = ox::stats();
  std::printf("{");
  print("submitted", stats.submitted);
  print("sent", stats.sent);
  print("queued", stats.queued_events);
  print("overflowed", stats.overflowed);
  print("refused", stats.refused);
  print("lost", stats.lost_at_shutdown);
  print("misuses", stats.misuses);
  std::printf("\"complete\": %s}\n", complete ? "true" : "false");
  return 0;
}
