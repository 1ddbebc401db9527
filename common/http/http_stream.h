#pragma once
// An answer whose body is made in pieces, while it is sent: HttpReply::stream() begins one.
//
// Whoever makes it writes while there is room, and waits, or goes away until it is called, when
// there is none: a client that reads slowly costs no more than the bound and what the connection has
// to send (HttpLimits::output_bytes). HTTP/1.1 gets chunks, HTTP/1.0 a body that ends with the
// connection, HEAD no body.
//
// End: end() ends the body well; one that is destroyed without it cuts the connection, so that the
//      client sees that something is missing. A client that closes its side is gone. While the
//      server is being stopped, ending() is true: end it then; what has not ended when HttpServer's
//      time is over is cut.
// Threading: one writer at a time, on any thread; the callback comes on an I/O thread.
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "common/base/clock.h"

namespace ox {

struct HttpExchange;

class HttpStream {
 public:
  // Bytes that may wait before there is no room.
  static constexpr std::size_t kRoom = 256u << 10;

  HttpStream() = default;  // empty: only to be assigned to
  explicit HttpStream(std::shared_ptr<HttpExchange> exchange);
  HttpStream(HttpStream&&) noexcept = default;
  HttpStream& operator=(HttpStream&& other) noexcept;
  HttpStream(const HttpStream&) = delete;
  HttpStream& operator=(const HttpStream&) = delete;
  ~HttpStream();

  explicit operator bool() const { return exchange_ != nullptr; }

  // Adds to the body, whether there is room or not. False, and nothing happens, when nobody wants it.
  bool write(std::string bytes);
  // Fewer than kRoom bytes wait, or nobody wants any.
  bool has_room() const;
  // Waits until there is room, at most so long. False: there is none yet.
  bool wait_for_room(Micros at_most) const;
  // Calls `f` on an I/O thread whenever there is room again, and when wanted() or ending() changes.
  // It must not block, nor call this object. Called at once when there is something to be said.
  void on_change(std::function<void()> f);

  // False: the client has gone.
  bool wanted() const;
  // The server is being stopped.
  bool ending() const;
  // The body is complete.
  void end();

 private:
  void close(bool complete);

  std::shared_ptr<HttpExchange> exchange_;
};

}  // namespace ox
