// A connection's input without the connection: the head's framing, its fields, the target, the
// query, the body's chunks. The same bytes are fed whole and byte by byte, and must mean the same.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/http/head_scanner.h"
#include "common/http/http_fields.h"
#include "common/http/path_pattern.h"
#include "common/http/request_parser.h"
#include "common/http/url.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_http_request {
namespace {

// What one message was understood as.
struct Understood {
  HeadScanner::State head = HeadScanner::State::kIncomplete;
  int status = 0;
  std::string method;
  std::string target;
  std::string body;
  bool done = false;
  bool malformed = false;
  std::size_t used = 0;

  bool operator==(const Understood&) const = default;
};

void check_request(const HttpRequest& request) {
  OX_CHECK(!request.method().empty() && !request.target().empty());
  OX_CHECK(request.path() == "*" || request.path().front() == '/');
  for (char c : request.target()) OX_CHECK(static_cast<unsigned char>(c) > 0x20 && c != 0x7f);
  for (const HttpField& field : request.headers()) {
    OX_CHECK(is_token(field.name));
    OX_CHECK(field.value.find_first_of("\r\n") == std::string_view::npos);
    OX_CHECK(trim_ows(field.value) == field.value);
  }
  OX_CHECK(request.version() < 11 || request.headers().all("host").size() == 1);
  OX_CHECK(request.headers().all("content-length").size() +
               request.headers().all("transfer-encoding").size() <=
           1);
  for (const auto& [key, value] : request.query())
    OX_CHECK(key.size() + value.size() <= request.raw_query().size());
  if (auto type = MediaType::parse(request.header("content-type")))
    OX_CHECK(type->type.find('/') != std::string::npos);
  static const PathPattern kPattern = *PathPattern::parse("/{a}/b/{c...}");
  PathPattern::Parameters parameters;
  if (kPattern.matches(request.raw_path(), parameters)) OX_CHECK(parameters.size() == 2);
}

// Feeds `input` in steps of `step` bytes, as a connection does.
Understood understand(std::string_view input, std::size_t step) {
  static const auto kPeer = std::make_shared<HttpPeer>();
  Understood result;
  HeadScanner scanner;
  std::optional<RequestParser> parser;
  HttpRequest request;
  std::vector<std::string_view> pieces;
  for (std::size_t have = std::min(step, input.size());;
       have = std::min(have + step, input.size())) {
    if (!parser) {
      result.head = scanner.scan(input.substr(0, have));
      if (result.head == HeadScanner::State::kComplete) {
        parser.emplace(100);
        HeadVerdict verdict = parser->parse_head(input.substr(0, scanner.size()), kPeer, request);
        result.status = verdict.status;
        if (verdict.status != 0) return result;
        check_request(request);
        result.method = request.method();
        result.target = request.target();
        result.used = scanner.size();
      } else if (result.head != HeadScanner::State::kIncomplete) {
        return result;
      }
    }
    if (parser) {
      while (!parser->done() && result.used < have) {
        pieces.clear();
        std::size_t n = parser->parse_body(input.substr(result.used, have - result.used), pieces);
        if (parser->malformed()) {
          // How much was understood before depends on the steps.
          Understood bad;
          bad.head = result.head;
          bad.malformed = true;
          return bad;
        }
        for (std::string_view piece : pieces) result.body += piece;
        result.used += n;
        if (n == 0) break;
      }
      OX_CHECK(result.body.size() <= parser->announced());
      result.done = parser->done();
      if (result.done) return result;
    }
    if (have == input.size()) return result;
  }
}

}  // namespace

OX_FUZZ_TARGET(http_request, std::string_view input) {
  if (auto path = decode_path(input)) OX_CHECK(path->size() <= input.size());
  OX_CHECK(decode_form(input).size() <= input.size());
  if (auto pairs = parse_pairs(input, 1000); pairs.ok()) OX_CHECK(pairs->size() <= 1000);
  MediaType::parse(input);
  Understood whole = understand(input, input.size() + 1);
  Understood split = understand(input, 1);
  if (whole.head == HeadScanner::State::kIncomplete) {
    OX_CHECK(split.head == whole.head);
    return;
  }
  OX_CHECK(whole == split);
}

}  // namespace ox::fuzz_http_request
