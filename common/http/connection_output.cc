// The answers of a connection (connection.h): in order, and joined into as few writes as can be.
#include <array>
#include <charconv>
#include <iterator>

#include <fmt/format.h>

#include "common/http/connection.h"

namespace ox {
namespace {

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits;
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), end.ptr);
}

bool is_bodiless(int status) { return status == 204 || status == 304; }

}  // namespace

void Connection::answered(HttpExchange& exchange) {
  exchange.ready = true;
  if (exchange.body && loop_.draining()) exchange.body->set_draining();
  loop_.touch(*this);
  if (&exchange != current_.get() || phase_ != Phase::kBody) return;
  // Before the end of its body. What is small is read to its end; otherwise the connection ends.
  abort_reader(BodyAbort::kAnswered);
  std::string().swap(held_);
  paused_ = false;
  exchange.wants_continue = false;
  if (parser_->done()) return end_request();
  // Who waits for "100 Continue" may or may not send the body now; nobody can tell.
  bool unasked = parser_->expects_continue() && parser_->remaining() == parser_->announced();
  if (parser_->remaining() <= options_.limits.drained_bytes && !unasked) return;
  exchange.close = true;
  phase_ = Phase::kLast;
  current_ = nullptr;
}

void Connection::write_answers() {
  std::size_t done = 0;
  while (done < pipeline_.size() && pipeline_[done]->ready) {
    HttpExchange& exchange = *pipeline_[done];
    ++done;
    bool last_of_drain =
        loop_.draining() && done == pipeline_.size() && phase_ == Phase::kHead && in_.empty();
    bool close = exchange.close || exchange.response.closes() || last_of_drain;
    if (exchange.body == nullptr) {
      write_answer(exchange, close);
    } else if (!write_stream(exchange, close)) {
      --done;  // it goes on, and those behind it wait
      break;
    }
    if (phase_ == Phase::kClosed) return;
    if (!close) continue;
    // Requests behind it were read in vain, and the client knows it by "close".
    phase_ = Phase::kLast;
    drop_pipeline();
    abort_reader(BodyAbort::kStopping);
    current_ = nullptr;
    std::string().swap(in_);
    done = 0;
  }
  pipeline_.erase(pipeline_.begin(), pipeline_.begin() + static_cast<std::ptrdiff_t>(done));
  if (!pipeline_.empty() && pipeline_.front()->wants_continue) {
    pipeline_.front()->wants_continue = false;
    out_.tail().append("HTTP/1.1 100 Continue\r\n\r\n");
    out_.grown();
  }
  if (!out_.empty()) send_output();
  // By way of the context, so that others have their turn.
  if (phase_ != Phase::kClosed && out_.empty() && has_more_to_stream())
    loop_.post([self = shared_from_this()] { self->loop_.touch(*self); });
}

bool Connection::has_more_to_stream() const {
  return !pipeline_.empty() && pipeline_.front()->head_sent && !pipeline_.front()->body->empty();
}

// Hands on what there is of a streamed answer, as far as the output has room. True: it has ended,
// `close` says how.
bool Connection::write_stream(HttpExchange& exchange, bool& close) {
  const bool chunked = exchange.request.version() > 10;
  if (!exchange.head_sent) {
    if (!chunked && !exchange.head_only) exchange.close = close = true;
    append_head(exchange, close);
    exchange.head_sent = true;
    if (exchange.head_only) {
      forget(exchange);
      return true;
    }
  }
  BodyPipe::End end = BodyPipe::End::kOpen;
  while (out_.bytes() < options_.limits.output_bytes) {
    std::vector<std::string> pieces =
        exchange.body->take(options_.limits.output_bytes - out_.bytes(), end);
    for (std::string& piece : pieces) {
      if (chunked) {
        fmt::format_to(std::back_inserter(out_.tail()), "{:x}\r\n", piece.size());
        out_.grown();
      }
      out_.append(std::move(piece));
      if (chunked) {
        out_.tail().append("\r\n");
        out_.grown();
      }
    }
    if (pieces.empty() || end != BodyPipe::End::kOpen) break;
  }
  if (end == BodyPipe::End::kOpen) return false;
  if (end == BodyPipe::End::kCut) {
    // Nothing may look like its end.
    send_output();
    if (phase_ != Phase::kClosed) abandon(BodyAbort::kAnswered);
    return true;
  }
  if (chunked) {
    out_.tail().append("0\r\n\r\n");
    out_.grown();
  }
  exchange.connection = nullptr;
  return true;
}

void Connection::append_head(HttpExchange& exchange, bool close) {
  HttpResponse& response = exchange.response;
  counters_.responded(response.status());
  std::string& out = out_.tail();
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::size_t>(response.status()));
  out.push_back(' ');
  out.append(reason_phrase(response.status())).append("\r\n");
  out.append(loop_.date_field()).append(response.fields());
  const bool bodiless = is_bodiless(response.status());
  if (exchange.body != nullptr) {
    if (exchange.request.version() > 10) out.append("Transfer-Encoding: chunked\r\n");
  } else if (!bodiless) {
    out.append("Content-Length: ");
    append_number(out, response.body().size());
    out.append("\r\n");
  }
  if (close)
    out.append("Connection: close\r\n");
  else if (exchange.names_keep_alive)
    out.append("Connection: keep-alive\r\n");
  out.append("\r\n");
  out_.grown();
}

void Connection::write_answer(HttpExchange& exchange, bool close) {
  append_head(exchange, close);
  HttpResponse& response = exchange.response;
  if (!is_bodiless(response.status()) && !exchange.head_only)
    out_.append(std::move(response.body()));
  exchange.connection = nullptr;
}

void Connection::send_output() {
  while (!out_.empty()) {
    std::array<iovec, 16> vectors;
    StreamResult sent = stream_.write(vectors.data(), out_.peek(vectors.data(), vectors.size()));
    if (sent.bytes > 0) {
      counters_.bytes_sent.add(sent.bytes);
      out_.consume(sent.bytes);
      write_deadline_ = DeadlineWheel::kNever;  // update_deadline() begins anew
    }
    if (sent.state == StreamState::kWantWrite) return;
    if (sent.state != StreamState::kOk) return abandon(BodyAbort::kClientGone);
  }
}

void Connection::forget(HttpExchange& exchange) {
  exchange.connection = nullptr;
  exchange.gone.store(true, std::memory_order_release);
  if (exchange.ready && exchange.body) exchange.body->set_gone();
}

void Connection::drop_pipeline() {
  for (auto& exchange : pipeline_) forget(*exchange);
  pipeline_.clear();
}

}  // namespace ox
