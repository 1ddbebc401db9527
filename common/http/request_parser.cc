#include "common/http/request_parser.h"

#include <algorithm>
#include <limits>

#include <boost/beast/http/error.hpp>

namespace ox {
namespace http = boost::beast::http;
namespace {

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

const char* explain(const boost::beast::error_code& ec) {
  if (ec == http::error::bad_method) return "the method is malformed";
  if (ec == http::error::bad_target) return "the target is malformed";
  if (ec == http::error::bad_version) return "the HTTP version is malformed or not 1.0 or 1.1";
  if (ec == http::error::bad_field) return "a header field's name is malformed";
  if (ec == http::error::bad_value) return "a header field's value is malformed";
  if (ec == http::error::bad_line_ending) return "a line does not end with CR LF";
  if (ec == http::error::bad_content_length)
    return "Content-Length is malformed, repeated, or beside Transfer-Encoding";
  if (ec == http::error::bad_transfer_encoding)
    return "Transfer-Encoding is repeated, or beside Content-Length";
  return "the request is malformed";
}

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

RequestParser::RequestParser(std::size_t max_fields) : max_fields_(max_fields) {
  // The connection counts, by route. (boost::none would refuse every Content-Length in Beast 1.74,
  // which compares it as less than any number.)
  body_limit(std::numeric_limits<std::uint64_t>::max());
  header_limit(std::numeric_limits<std::uint32_t>::max());  // the connection has its own
  eager(true);
}

HeadVerdict RequestParser::parse_head(std::string_view head, std::shared_ptr<const HttpPeer> peer,
                                      HttpRequest& request) {
  request.head_ = head;
  request.peer_ = std::move(peer);
  request.headers_.reserve(12);
  request_ = &request;
  Error ec;
  put({request.head_.data(), request.head_.size()}, ec);
  request_ = nullptr;
  if (verdict_.status == 0 && ec) verdict_ = {400, explain(ec)};
  if (verdict_.status == 0 && !is_header_done()) verdict_ = {400, "the request is malformed"};
  return verdict_;
}

std::size_t RequestParser::parse_body(std::string_view data,
                                      std::vector<std::string_view>& pieces) {
  // Beast 1.74 asserts that it sees the last chunk, "0" and two line ends, in no less than five
  // bytes when it looks a second time; that is wrong when there was no chunk before.
  if (chunked() && !body_begun_ && data.size() < 5 && data.front() == '0') return 0;
  pieces_ = &pieces;
  data_ = data;
  Error ec;
  std::size_t used = put({data.data(), data.size()}, ec);
  body_begun_ = body_begun_ || used > 0;
  if (ec && ec != http::error::need_more) malformed_ = true;
  pieces_ = nullptr;
  return used;
}

std::uint64_t RequestParser::remaining() const {
  if (is_done()) return 0;
  return chunked() ? kUnknown : announced_ - received_;
}

void RequestParser::refuse(int status, const char* message, Error& ec) {
  verdict_ = {status, message};
  ec = http::error::bad_value;
}

void RequestParser::on_request_impl(http::verb, View method, View target, int version, Error& ec) {
  request_->method_ = view(method);
  request_->target_ = view(target);
  request_->version_ = version;
  take_target(ec);
}

void RequestParser::take_target(Error& ec) {
  std::string_view& target = request_->target_;
  if (target == "*") {
    if (request_->method_ != "OPTIONS") return refuse(400, "the target \"*\" is for OPTIONS", ec);
    request_->raw_path_ = target;
    return;
  }
  bool absolute = false;
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!equals_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    std::size_t end = target.find_first_of("/?", scheme.size());
    target = end == std::string_view::npos ? std::string_view() : target.substr(end);
    absolute = true;
    break;
  }
  if (absolute && target.empty()) target = "/";
  std::size_t question = target.find('?');
  request_->raw_path_ = target.substr(0, question);
  if (question != std::string_view::npos) request_->raw_query_ = target.substr(question + 1);
  if (absolute && request_->raw_path_.empty()) request_->raw_path_ = "/";
  if (request_->raw_path_.empty() || request_->raw_path_.front() != '/')
    return refuse(400, "the target is no path", ec);
  if (request_->raw_path_.find('%') == std::string_view::npos) return;
  auto path = decode_path(request_->raw_path_);
  if (!path) return refuse(400, "the path has a \"%\" without two hexadecimal digits", ec);
  request_->path_ = std::move(*path);
  request_->decoded_ = true;
}

void RequestParser::on_field_impl(http::field field, View name, View value, Error& ec) {
  if (!request_) return check_trailer(value, ec);
  if (request_->headers_.size() == max_fields_) return refuse(431, "too many header fields", ec);
  request_->headers_.add(view(name), view(value));
  switch (field) {
    case http::field::host:
      if (++hosts_ > 1) refuse(400, "more than one Host", ec);
      break;
    case http::field::content_length:
      if (++lengths_ > 1) return refuse(400, "more than one Content-Length", ec);
      if (!all_digits(view(value))) refuse(400, "Content-Length is no number", ec);
      break;
    case http::field::transfer_encoding:
      if (++codings_ > 1) return refuse(400, "more than one Transfer-Encoding", ec);
      unknown_coding_ = !equals_ignoring_case(view(value), "chunked");
      break;
    case http::field::expect:
      if (!equals_ignoring_case(view(value), "100-continue"))
        return refuse(417, "only 100-continue may be expected", ec);
      expects_continue_ = request_->version_ >= 11;
      break;
    default:
      break;
  }
}

// Beast unfolds into a buffer of its own: a value that lies elsewhere was folded.
void RequestParser::check_trailer(View value, Error& ec) {
  std::less_equal<const char*> not_after;
  bool inside = not_after(data_.data(), value.data()) &&
                not_after(value.data() + value.size(), data_.data() + data_.size());
  if (!inside) ec = http::error::bad_value;
}

void RequestParser::on_header_impl(Error& ec) {
  if (lengths_ > 0 && codings_ > 0)
    return refuse(400, "Content-Length and Transfer-Encoding together", ec);
  if (codings_ > 0 && request_->version_ < 11)
    return refuse(400, "Transfer-Encoding with HTTP/1.0", ec);
  if (unknown_coding_) return refuse(501, "no Transfer-Encoding is known but chunked", ec);
  if (hosts_ == 0 && request_->version_ >= 11) return refuse(400, "no Host", ec);
  if (codings_ == 0) {
    auto length = content_length();
    request_->content_length_ = length ? *length : 0;
    announced_ = *request_->content_length_;
  }
}

std::size_t RequestParser::on_body_impl(View body, Error&) {
  pieces_->push_back(view(body));
  received_ += body.size();
  return body.size();
}

void RequestParser::on_chunk_header_impl(std::uint64_t size, View extension, Error& ec) {
  for (char c : extension) {
    auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) {
      ec = http::error::bad_chunk_extension;
      return;
    }
  }
  if (announced_ + size < announced_)
    ec = http::error::bad_chunk;
  else
    announced_ += size;
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, View body, Error&) {
  pieces_->push_back(view(body));
  return body.size();
}

}  // namespace ox
