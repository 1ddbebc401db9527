// A program that sends events to oxd:
//
//   client [ADDRESS]        default: $BLUEOX_HOST, or 127.0.0.1:3514
//
// Beside this file, a CMakeLists.txt of
//
//   cmake_minimum_required(VERSION 3.25)
//   project(example LANGUAGES CXX)
//   find_package(oxd REQUIRED)
//   add_executable(client client.cc)
//   target_link_libraries(client PRIVATE oxd::client)
//
// and then: cmake -S . -B build && cmake --build build && build/client
#include <cstdio>
#include <string>
#include <thread>

#include <oxd/client.h>

// As deep in the program as it may be: it needs no handle to say something about the request.
static int query(const std::string& sql) {
  ox::Context context(".db");  // "request.db", with the id of the request
  ox::set("query", sql);
  ox::Timer timer("query_time");
  return 3;
}

static void handle(int number) {
  ox::Context request("request");
  ox::set("number", number);
  ox::set("headers", ox::Value::map({{"Host", "example.org"}, {"Accept", "*/*"}}));
  int rows = query("SELECT name FROM users");

  // Half of the requests have all of their cache events, the others none.
  for (int i = 0; i < 3; ++i) {
    ox::Context cache(".cache", {"..", 0.5});
    ox::set("key", i);
  }

  // Work for the same request on another thread.
  std::thread([&request, context = ox::current()] {
    ox::ScopedContext here(context);
    ox::Context render(".render");
    request.append("threads", "render");
  }).join();

  ox::add("rows", rows);
  ox::set("response.status", 200);  // {"response": {"status": 200}}
}

int main(int argc, char** argv) {
  std::string error;
  if (!ox::configure(argc > 1 ? argv[1] : "", &error)) {
    std::fprintf(stderr, "client: %s\n", error.c_str());
    return 2;
  }
  for (int i = 0; i < 10; ++i) handle(i);

  // The end of the program would do this as well; here it is told what became of the events.
  bool complete = ox::shutdown();
  ox::ClientStats stats = ox::stats();
  std::printf("%llu events, %llu sent\n", static_cast<unsigned long long>(stats.submitted),
              static_cast<unsigned long long>(stats.sent));
  if (!complete) std::fprintf(stderr, "client: events were lost: %s\n", stats.problem.c_str());
  return complete ? 0 : 1;
}
