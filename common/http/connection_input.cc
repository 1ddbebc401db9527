// The requests of a connection (connection.h): head, body, and what is wrong with them.
#include <algorithm>

#include <fmt/format.h>

#include "common/http/connection.h"

namespace ox {

bool Connection::has_room() const {
  return pipeline_.size() < options_.limits.pipeline && out_.bytes() < options_.limits.output_bytes;
}

// How much of `data` was used. The rest must come again, with more behind it or when there is room.
std::size_t Connection::process(std::string_view data) {
  std::size_t used = 0;
  while (used < data.size()) {
    std::size_t n = 0;
    if (phase_ == Phase::kHead && has_room())
      n = take_head(data.substr(used));
    else if (phase_ == Phase::kBody && !paused_)
      n = take_body(data.substr(used));
    if (n == 0) break;
    used += n;
  }
  return used;
}

std::size_t Connection::take_head(std::string_view data) {
  const char* wrong = nullptr;
  switch (scanner_.scan(data)) {
    case HeadScanner::State::kIncomplete:
      if (data.size() <= options_.limits.header_bytes) return 0;
      fail({.status = 431, .message = "the header is too large"}, BodyAbort::kTooLarge);
      return data.size();
    case HeadScanner::State::kComplete: {
      std::size_t size = scanner_.size();
      scanner_.reset();
      if (size == 2) {  // an empty line ahead of the request (RFC 9112 section 2.2)
        if (++empty_lines_ <= 4) return size;
        wrong = "too many empty lines";
        break;
      }
      empty_lines_ = 0;
      if (size > options_.limits.header_bytes)
        fail({.status = 431, .message = "the header is too large"}, BodyAbort::kTooLarge);
      else
        begin_request(data.substr(0, size));
      return size;
    }
    case HeadScanner::State::kBareLineFeed:
      wrong = "a line of the header ends without CR";
      break;
    case HeadScanner::State::kFolded:
      wrong = "a header field is folded";
      break;
  }
  counters_.bad_framing.add();
  fail({.status = 400, .message = wrong}, BodyAbort::kMalformed);
  return data.size();
}

void Connection::begin_request(std::string_view head) {
  auto exchange = std::make_shared<HttpExchange>(loop_.mailbox(), this);
  exchange->default_formatter = loop_.state().error;
  exchange->limits = options_.limits.body;
  parser_.emplace(options_.limits.header_fields);
  HeadVerdict verdict = parser_->parse_head(head, peer_, exchange->request);
  first_request_ = false;
  refresh_timer_ = true;
  if (verdict.status != 0) {
    if (verdict.status == 400) counters_.bad_framing.add();
    return fail({.status = verdict.status, .message = verdict.message}, BodyAbort::kMalformed);
  }
  counters_.requests.add();
  exchange->head_only = exchange->request.method() == "HEAD";
  exchange->close = !parser_->keeps_alive();
  exchange->names_keep_alive = exchange->request.version() == 10 && !exchange->close;
  pipeline_.push_back(exchange);
  current_ = exchange;
  phase_ = Phase::kBody;
  reader_ = loop_.state().handler(exchange->request, HttpReply(exchange));
  begin_body();
}

void Connection::begin_body() {
  HttpExchange& exchange = *current_;
  if (parser_->done()) return end_body();
  if (reader_) {
    std::string_view encoding;
    std::size_t layers = 0;
    for (std::string_view value : exchange.request.headers().all("Content-Encoding"))
      for (std::string_view name : split_list(value)) {
        if (equals_ignoring_case(name, "identity")) continue;
        encoding = name;
        ++layers;
      }
    bool own = std::any_of(exchange.own_encodings.begin(), exchange.own_encodings.end(),
                           [&](auto& name) { return equals_ignoring_case(name, encoding); });
    if (layers == 1 && !own) decoder_ = ContentDecoder::create(encoding);
    if (layers > 1 || (layers == 1 && !own && !decoder_)) {
      counters_.bad_encoding.add();
      return fail({.status = 415,
                   .message = "Content-Encoding must be one of gzip, deflate, zstd, identity"},
                  BodyAbort::kUnsupported);
    }
  }
  if (parser_->announced() > exchange.limits.raw_bytes) {
    counters_.too_large.add();
    return fail(
        {.status = 413,
         .message = fmt::format("the body has more than {} bytes", exchange.limits.raw_bytes)},
        BodyAbort::kTooLarge);
  }
  exchange.wants_continue = parser_->expects_continue() && reader_ && !exchange.claimed;
}

std::size_t Connection::take_body(std::string_view data) {
  std::vector<std::string_view>& pieces = loop_.pieces();
  pieces.clear();
  std::size_t used = parser_->parse_body(data, pieces);
  if (parser_->malformed() || (used == 0 && data.size() > options_.limits.header_bytes)) {
    counters_.bad_framing.add();
    fail({.status = 400, .message = "the chunks of the body are malformed"}, BodyAbort::kMalformed);
    return data.size();
  }
  if (parser_->announced() > current_->limits.raw_bytes) {
    counters_.too_large.add();
    fail({.status = 413,
          .message = fmt::format("the body has more than {} bytes", current_->limits.raw_bytes)},
         BodyAbort::kTooLarge);
    return data.size();
  }
  if (!pieces.empty()) {
    refresh_timer_ = true;
    current_->wants_continue = false;  // the client did not wait for it
  }
  take_pieces(pieces);
  return used;
}

void Connection::take_pieces(const std::vector<std::string_view>& pieces) {
  for (std::size_t i = 0; i < pieces.size() && reader_; ++i) {
    std::string_view piece = pieces[i];
    if (deliver(piece)) continue;
    if (phase_ != Phase::kBody) return;  // it was refused
    held_.append(piece);
    while (++i < pieces.size()) held_.append(pieces[i]);
  }
  if (!paused_ && parser_->done()) end_body();
}

// Gives `piece` to the reader, decoded, and whatever the decoder still has inside. False when the
// reader pauses, with what is left in `piece`, and when the body was refused.
bool Connection::deliver(std::string_view& piece) {
  if (!reader_) return true;
  if (!decoder_) {
    std::string_view whole = std::exchange(piece, {});
    return whole.empty() || give(whole);
  }
  started_decoding_ = started_decoding_ || !piece.empty();
  for (;;) {
    auto size = decoder_->decode(piece, loop_.decoded());
    bool too_large = false;
    std::uint64_t most = 0;
    if (size.ok()) {
      if (*size == 0) return true;
      decoded_bytes_ += *size;
      most = current_->limits.decoded_bytes;
      const std::uint64_t held = decoded_bytes_ + decoder_->memory();
      if (held > current_->limits.held_bytes) most = std::min(most, decoded_bytes_ - 1);
      too_large = decoded_bytes_ > most;
      if (!too_large) {
        if (!give({loop_.decoded().data(), *size})) return false;
        continue;
      }
    }
    if (too_large || size.status().code() == Code::kTooLarge) {
      counters_.too_large.add();
      fail({.status = 413,
            .message = too_large ? fmt::format("the body has more than {} bytes when decoded", most)
                                 : size.status().message()},
           BodyAbort::kTooLarge);
    } else {
      counters_.bad_encoding.add();
      bool memory = size.status().code() == Code::kNoSpace;
      fail({.status = memory ? 503 : 400, .message = size.status().message()},
           BodyAbort::kMalformed);
    }
    return false;
  }
}

bool Connection::give(std::string_view piece) {
  paused_ = reader_->on_data(piece) == BodyFlow::kPause;
  return !paused_;
}

void Connection::resumed(HttpExchange& exchange) {
  if (!paused_ || &exchange != current_.get() || phase_ != Phase::kBody) return;
  paused_ = false;
  refresh_timer_ = true;
  loop_.touch(*this);
  std::string held = std::exchange(held_, {});
  std::string_view rest = held;
  if (!deliver(rest)) {
    if (phase_ == Phase::kBody) held_.assign(rest);
    return;
  }
  if (parser_->done()) end_body();
}

void Connection::end_body() {
  if (reader_ && decoder_ && started_decoding_ && !decoder_->complete()) {
    counters_.bad_encoding.add();
    return fail({.status = 400, .message = "the compressed body is cut short"},
                BodyAbort::kMalformed);
  }
  if (reader_) {
    std::unique_ptr<BodyReader> reader = std::move(reader_);
    reader->on_end();
  }
  end_request();
}

void Connection::end_request() {
  phase_ = parser_->keeps_alive() ? Phase::kHead : Phase::kLast;
  current_ = nullptr;
  reader_ = nullptr;
  decoder_ = nullptr;
  decoded_bytes_ = 0;
  started_decoding_ = false;
  refresh_timer_ = true;
}

void Connection::abort_reader(BodyAbort reason) {
  std::unique_ptr<BodyReader> reader = std::move(reader_);
  decoder_ = nullptr;
  if (reader) reader->on_abort(reason);
}

void Connection::fail(const HttpError& error, BodyAbort reason) {
  loop_.touch(*this);
  if (phase_ == Phase::kBody && current_) {
    // Claimed before the reader goes, whose reply would otherwise become a 500. When the handler
    // has been faster, its answer stands.
    if (current_->claim()) {
      current_->response = error_response(*current_, error);
      current_->ready = true;
    }
    current_->close = true;
    current_->wants_continue = false;
    abort_reader(reason);
  } else {
    auto exchange = std::make_shared<HttpExchange>(loop_.mailbox(), this);
    exchange->default_formatter = loop_.state().error;
    exchange->claim();
    exchange->response = error_response(*exchange, error);
    exchange->ready = exchange->close = true;
    pipeline_.push_back(std::move(exchange));
  }
  current_ = nullptr;
  phase_ = Phase::kLast;
  paused_ = false;
  std::string().swap(held_);
}

}  // namespace ox
