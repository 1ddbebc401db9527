#pragma once
// The head of a request as handlers see it.
// Ownership: owned by its exchange: it lives as long as its HttpReply or its BodyReader does, and
//            every view it gives as long as it.
// Threading: constant once the handler has been called; may then be read from any thread.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/http/http_fields.h"
#include "common/http/url.h"

namespace ox {

// What all requests of a connection have in common.
struct HttpPeer {
  std::string host;  // the peer's IP address in numbers, IPv4 never mapped into IPv6
  std::uint16_t port = 0;
  std::string profile;  // the listener's
  bool secure = false;  // came over TLS
};

class HttpRequest {
 public:
  // As sent: methods are case-sensitive.
  std::string_view method() const { return method_; }
  // As sent, with the query; an absolute URI is cut to its path and query.
  std::string_view target() const { return target_; }
  // The target up to "?", as sent.
  std::string_view raw_path() const { return raw_path_; }
  // The same with %XX decoded. May contain any byte, NUL too.
  std::string_view path() const { return decoded_ ? std::string_view(path_) : raw_path_; }
  // What is behind "?", as sent.
  std::string_view raw_query() const { return raw_query_; }
  // Parsed anew at every call.
  HttpPairs query() const;

  const HttpFields& headers() const { return headers_; }
  std::string_view header(std::string_view name) const { return headers_.get(name); }
  // The value of "{name}" in the route's pattern, decoded; empty when there is none.
  std::string_view parameter(std::string_view name) const;

  // 10 or 11.
  int version() const { return version_; }
  // Bytes of the body before decoding; nullopt when it is chunked. 0: none.
  std::optional<std::uint64_t> content_length() const { return content_length_; }
  bool has_body() const { return !content_length_ || *content_length_ > 0; }

  const std::string& peer_host() const { return peer_->host; }
  std::uint16_t peer_port() const { return peer_->port; }
  const std::string& profile() const { return peer_->profile; }
  bool secure() const { return peer_->secure; }

 private:
  friend class RequestParser;
  friend class HttpReply;

  std::string head_;  // what the views look at
  std::string_view method_;
  std::string_view target_;
  std::string_view raw_path_;
  std::string_view raw_query_;
  std::string path_;      // only when decoded_
  bool decoded_ = false;  // the path has escapes
  int version_ = 11;
  std::optional<std::uint64_t> content_length_;
  HttpFields headers_;
  std::vector<std::pair<std::string_view, std::string>> parameters_;
  std::shared_ptr<const HttpPeer> peer_;
};

}  // namespace ox
