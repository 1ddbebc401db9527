#pragma once
// Internal to common/http (includes Asio, Beast, OpenSSL). One connection: reads requests, calls
// the handler, feeds body readers, sends the answers in the order of their requests.
//
// Input arrives in the thread's shared buffer. What cannot be used yet (part of a head, requests
// behind a full pipeline, a body whose reader pauses) is kept in `in_` and `held_`, 64 KiB and a
// head at most, and no more is read until it has gone: TCP then stops the client.
//
// Threading: one I/O thread. connection.cc has the events and the end, connection_input.cc the
//            requests, connection_output.cc the answers.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/body_reader.h"
#include "common/http/content_decoder.h"
#include "common/http/deadline_wheel.h"
#include "common/http/exchange.h"
#include "common/http/head_scanner.h"
#include "common/http/http_request.h"
#include "common/http/io_loop.h"
#include "common/http/output_queue.h"
#include "common/http/request_parser.h"
#include "common/http/stream.h"

namespace ox {

class Connection : public std::enable_shared_from_this<Connection>, public DeadlineWheel::Entry {
 public:
  // Takes over `fd`, which is non-blocking. `tls` is nullptr for plain TCP.
  Connection(IoLoop& loop, int fd, std::shared_ptr<const HttpPeer> peer,
             std::shared_ptr<const TlsContext> tls);

  void start();
  // Instead of start(): one too many; is told so.
  void refuse();

  // Called by the loop.
  void answered(HttpExchange& exchange);
  void resumed(HttpExchange& exchange);
  void turn();
  void expired();
  void drain();
  // Closes at once.
  void abandon(BodyAbort reason);

  // The loop's bookkeeping.
  bool mark_touched() { return !std::exchange(touched_, true); }
  std::size_t index() const { return index_; }
  void set_index(std::size_t index) { index_ = index; }

 private:
  enum class Phase {
    kHandshake,
    kHead,    // a request's head is next, or under way
    kBody,    // its body
    kLast,    // no more requests: closes after the answers that are owed
    kLinger,  // FIN sent; what still arrives is thrown away, so that no RST eats the last answer
    kClosed,
  };
  enum class Timer { kNone, kFirstHead, kHead, kBody, kIdle, kLinger };

  // connection.cc
  void wait_readable();
  void wait_writable();
  void on_readable();
  void on_writable();
  void shake_hands();
  void receive();
  void on_end_of_input();
  void finish();
  bool wants_input() const;
  bool all_end_with_client() const;
  Timer timer_now() const;
  Millis duration(Timer timer) const;
  void update_deadline();
  bool idle() const;

  // connection_input.cc
  bool has_room() const;
  std::size_t process(std::string_view data);
  std::size_t take_head(std::string_view data);
  void begin_request(std::string_view head);
  void begin_body();
  std::size_t take_body(std::string_view data);
  void take_pieces(const std::vector<std::string_view>& pieces);
  bool deliver(std::string_view& piece);
  bool give(std::string_view piece);
  void end_body();
  void end_request();
  void abort_reader(BodyAbort reason);
  // Answers the request at hand, or what should have been one, with an error; the last answer.
  void fail(const HttpError& error, BodyAbort reason);

  // connection_output.cc
  void write_answers();
  void write_answer(HttpExchange& exchange, bool close);
  void append_head(HttpExchange& exchange, bool close);
  bool write_stream(HttpExchange& exchange, bool& close);
  bool has_more_to_stream() const;
  void send_output();
  void forget(HttpExchange& exchange);
  void drop_pipeline();

  IoLoop& loop_;
  const HttpServerOptions& options_;
  ServerCounters& counters_;
  IoLoop::Descriptor descriptor_;
  std::shared_ptr<const TlsContext> tls_;
  std::shared_ptr<const HttpPeer> peer_;
  Stream stream_;

  Phase phase_;
  bool touched_ = false;
  bool reading_ = false;           // a wait for readability is out
  bool writing_ = false;           // a wait for writability is out
  bool handshake_writes_ = false;  // TLS wants to write before it goes on
  bool end_of_input_ = false;
  bool first_request_ = true;
  bool refresh_timer_ = false;
  Timer timer_ = Timer::kNone;
  std::size_t index_ = 0;
  MonoTime read_deadline_ = DeadlineWheel::kNever;
  MonoTime write_deadline_ = DeadlineWheel::kNever;

  std::string in_;  // unused input
  HeadScanner scanner_;
  int empty_lines_ = 0;

  // The request whose body is being read.
  std::optional<RequestParser> parser_;
  std::shared_ptr<HttpExchange> current_;
  std::unique_ptr<BodyReader> reader_;  // nullptr: nobody wants it
  std::unique_ptr<ContentDecoder> decoder_;
  std::uint64_t decoded_bytes_ = 0;
  bool paused_ = false;
  bool started_decoding_ = false;
  std::string held_;  // pieces of the body that wait for resume_reading()

  std::vector<std::shared_ptr<HttpExchange>> pipeline_;  // unanswered, in order
  OutputQueue out_;
};

}  // namespace ox
