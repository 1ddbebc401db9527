#pragma once
// Internal to common/http (includes Beast). One message on the wire: its head into an HttpRequest,
// its body, Content-Length or chunked, into pieces.
//
// Beast's basic_parser does the tokens; on top of it, RFC 9112's framing is made unambiguous here:
//   - Content-Length and Transfer-Encoding together; either of them twice, be it with equal values
//     or as a list; a Content-Length that is not all digits; a Transfer-Encoding with HTTP/1.0: 400
//   - a Transfer-Encoding other than "chunked": 501
//   - no Host with HTTP/1.1, several Hosts: 400
//   - a target that is neither a path, an absolute http URI, nor "*" with OPTIONS; a path with a
//     broken %-escape: 400
//   - control characters in a chunk extension, folded trailers: 400
//   - an Expect other than 100-continue: 417
// Trailers are read and dropped.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/beast/http/basic_parser.hpp>

#include "common/http/http_request.h"

namespace ox {

// status 0: all is well.
struct HeadVerdict {
  int status = 0;
  const char* message = "";
};

class RequestParser : private boost::beast::http::basic_parser<true> {
 public:
  explicit RequestParser(std::size_t max_fields);

  // Once. `head` is a whole head as HeadScanner found it.
  HeadVerdict parse_head(std::string_view head, std::shared_ptr<const HttpPeer> peer,
                         HttpRequest& request);
  // After parse_head(), while !done(); `data` is not empty. Appends the body's bytes in `data`, as
  // views into it, to `pieces`, and returns how many bytes of `data` were used. What was not used
  // must come again, with more behind it. A malformed() message cannot go on.
  std::size_t parse_body(std::string_view data, std::vector<std::string_view>& pieces);

  bool done() const { return is_done(); }
  bool malformed() const { return malformed_; }
  // The Content-Length, or the sum of the chunk sizes seen so far.
  std::uint64_t announced() const { return announced_; }
  // Bytes of the body that are still to come; kUnknown when it is chunked and not done().
  static constexpr std::uint64_t kUnknown = ~std::uint64_t{0};
  std::uint64_t remaining() const;
  bool keeps_alive() const { return keep_alive(); }
  bool expects_continue() const { return expects_continue_; }

 private:
  using Base = boost::beast::http::basic_parser<true>;
  using View = boost::beast::string_view;
  using Error = boost::beast::error_code;

  void on_request_impl(boost::beast::http::verb, View method, View target, int version,
                       Error& ec) override;
  void on_response_impl(int, View, int, Error&) override {}
  void on_field_impl(boost::beast::http::field field, View name, View value, Error& ec) override;
  void on_header_impl(Error& ec) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
  std::size_t on_body_impl(View body, Error&) override;
  void on_chunk_header_impl(std::uint64_t size, View extension, Error& ec) override;
  std::size_t on_chunk_body_impl(std::uint64_t, View body, Error&) override;
  void on_finish_impl(Error&) override {}

  void refuse(int status, const char* message, Error& ec);
  void take_target(Error& ec);
  void check_trailer(View value, Error& ec);

  std::size_t max_fields_;
  HttpRequest* request_ = nullptr;                   // during parse_head()
  std::vector<std::string_view>* pieces_ = nullptr;  // during parse_body()
  std::string_view data_;                            // during parse_body()
  HeadVerdict verdict_;
  std::uint64_t announced_ = 0;
  std::uint64_t received_ = 0;
  int hosts_ = 0;
  int lengths_ = 0;
  int codings_ = 0;
  bool unknown_coding_ = false;
  bool expects_continue_ = false;
  bool body_begun_ = false;
  bool malformed_ = false;
};

}  // namespace ox
