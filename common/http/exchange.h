#pragma once
// Internal to common/http. One request and the place for its answer, shared by the connection that
// it came on and the HttpReply.
//
// Who answers is settled by claim(): the first one, the handler or the server itself, owns
// `response` until it hands it to the I/O thread (through the mailbox, or being on it).
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "common/http/body_pipe.h"
#include "common/http/http_reply.h"
#include "common/http/http_request.h"
#include "common/http/http_response.h"
#include "common/http/reply_mailbox.h"

namespace ox {

class Connection;

struct HttpExchange {
  HttpExchange(std::shared_ptr<ReplyMailbox> to, Connection* on)
      : mailbox(std::move(to)), connection(on) {}

  bool claim() { return !claimed.exchange(true); }

  const std::shared_ptr<ReplyMailbox> mailbox;
  std::atomic<bool> claimed{false};           // somebody answers, or has
  std::atomic<bool> gone{false};              // nobody is there to get it
  std::atomic<bool> ends_with_client{false};  // a client that sends no more wants no answer

  // Written before the handler returns, then constant.
  HttpRequest request;
  std::shared_ptr<const HttpErrorFormatter> formatter;  // nullptr: the server's
  std::shared_ptr<const HttpErrorFormatter> default_formatter;
  HttpBodyLimits limits;
  std::vector<std::string> own_encodings;

  HttpResponse response{500};
  // Of a streamed answer, set before it is handed on; `response` is its head.
  std::shared_ptr<BodyPipe> body;

  // Owned by the I/O thread.
  Connection* connection;         // nullptr: gone
  bool ready = false;             // `response` may be sent
  bool head_sent = false;         // of a streamed answer
  bool head_only = false;         // HEAD
  bool close = false;             // the connection ends with the answer
  bool names_keep_alive = false;  // HTTP/1.0 with keep-alive wants to be told
  bool wants_continue = false;    // "100 Continue" is owed
};

// The error in the shape of the exchange's mount.
HttpResponse error_response(const HttpExchange& exchange, const HttpError& error);

}  // namespace ox
