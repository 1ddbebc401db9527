#pragma once
// The duty to answer one request. May be moved to any thread; answered at most once. One that is
// destroyed without an answer becomes a 500, so that no client waits for ever.
// Threading: all calls are thread-safe, except moving and destroying it while another thread calls.
//            Those marked "in the handler" must be made before the handler returns.
// Cost:      answers posted from other threads wake the I/O thread once for however many there are.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/http/http_request.h"
#include "common/http/http_response.h"
#include "common/http/http_stream.h"

namespace ox {

struct HttpExchange;

inline constexpr std::uint64_t kUnlimitedBody = ~std::uint64_t{0};

// How much of a body is accepted; more is answered 413.
struct HttpBodyLimits {
  std::uint64_t raw_bytes = 16u << 20;      // as sent, without the chunks' framing
  std::uint64_t decoded_bytes = 64u << 20;  // after the Content-Encoding
  // What came out of the decoder and what it holds itself, together: for handlers that keep the
  // body, so that the client's choice of encoding does not decide how much memory it costs.
  std::uint64_t held_bytes = kUnlimitedBody;
};

class HttpReply {
 public:
  HttpReply() = default;  // empty: only to be assigned to
  explicit HttpReply(std::shared_ptr<HttpExchange> exchange);
  HttpReply(HttpReply&&) noexcept = default;
  HttpReply& operator=(HttpReply&& other) noexcept;
  HttpReply(const HttpReply&) = delete;
  HttpReply& operator=(const HttpReply&) = delete;
  ~HttpReply();

  explicit operator bool() const { return exchange_ != nullptr; }

  // Answers. False, and nothing happens, when it is answered already, be it by the server itself
  // (a body too large, a deadline). True does not mean that the client got it.
  bool send(HttpResponse response);
  // Begins an answer whose body is written in pieces; `head` has none, and a status that allows
  // one. Answered already: the stream is one that nobody wants. From then on a client that closes its
  // side of the connection has gone.
  HttpStream stream(HttpResponse head);
  // Answers with an error in the shape that the route's mount gives it.
  bool send_error(const HttpError& error);

  // Goes on with a body after BodyFlow::kPause. Without a pause it does nothing.
  void resume_reading();

  const HttpRequest& request() const;
  // False when an answer is pointless: given already, or the client has gone.
  bool wanted() const;

  // In the handler, for answers that take long to find: once the client closes its side of the
  // connection, wanted() is false. Without it a client that sends no more still gets its answer, as HTTP has it.
  void end_with_client();

  // In the handler: what this request's errors look like, instead of the server's default.
  void set_error_formatter(std::shared_ptr<const HttpErrorFormatter> formatter);
  // In the handler: instead of the server's limits.
  void set_body_limits(HttpBodyLimits limits);
  // In the handler: a Content-Encoding that the handler decodes itself, "snappy" for example.
  void accept_encoding(std::string_view name);

 private:
  friend class HttpRouter;
  void set_parameters(std::vector<std::pair<std::string_view, std::string>> parameters);

  std::shared_ptr<HttpExchange> exchange_;
};

}  // namespace ox
