#pragma once
// Where an HttpServer listens, and what it puts up with.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/http/http_reply.h"
#include "common/http/http_response.h"

namespace ox {

struct HttpListenerOptions {
  Address address;           // kTcp; port 0: the system chooses
  std::string profile = {};  // HttpRequest::profile() of what comes in here
  // PEM files; both or neither. The certificate file may have the chain behind the certificate.
  std::string tls_certificate_file = {};
  std::string tls_key_file = {};
};

struct HttpLimits {
  std::size_t header_bytes = 16u << 10;   // request line and fields; more: 431
  std::size_t header_fields = 100;        // more: 431
  HttpBodyLimits body = {};               // where a route says nothing else; more: 413
  std::size_t connections = 10'000;       // those above are answered 503 (TLS: closed)
  std::size_t pipeline = 16;              // requests of a connection that wait for answers
  std::size_t output_bytes = 256u << 10;  // unsent answers: no more is read from the connection
  // A body that nobody wants is still read, and the connection kept, when it has no more than this
  // to go.
  std::uint64_t drained_bytes = 64u << 10;
};

// 0 means never.
struct HttpDeadlines {
  Millis headers =
      Seconds(10);             // from the first byte of a head, or from connecting, to its end: 408
  Millis body = Seconds(30);   // between two pieces of a body while it is being read: 408
  Millis idle = Seconds(75);   // between two requests: closed
  Millis write = Seconds(30);  // without the peer taking a byte of what is to be sent: closed
  Millis linger = Seconds(2);  // for the peer to close after the last answer
};

struct HttpServerOptions {
  std::vector<HttpListenerOptions> listeners;
  int threads = 1;
  HttpLimits limits = {};
  HttpDeadlines deadlines = {};
  // Errors of requests that no mount gives a shape to.
  HttpErrorFormatter error = {};
};

}  // namespace ox
