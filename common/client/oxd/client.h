#pragma once
// Events of an application, sent to oxd in the background. docs/client.md is the guide.
//
//   int main() {
//     ox::configure("log-master");          // nothing is sent without it
//     ox::Context request("request");       // one event, when it goes out of scope
//     ox::set("user_agent", agent);
//     {
//       ox::Context query(".db");           // "request.db", with the same id
//       ox::Timer timer("query_time");
//       ...
//     }
//     ox::set("response.status", 200);      // {"response": {"status": 200}}
//   }
//
// Needs C++17 or newer and nothing else.
#include <oxd/configure.h>
#include <oxd/context.h>
#include <oxd/sink.h>
#include <oxd/value.h>
