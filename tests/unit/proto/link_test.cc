#include "proto/link.h"

#include <doctest/doctest.h>

#include "tests/unit/proto/vectors.h"

namespace ox {
namespace {

Code code_of(const VectorCase& v) {
  return v.text("error") == "corrupt" ? Code::kCorrupt : Code::kUnsupported;
}

std::vector<std::string> as_text(const std::vector<Uuid>& ids) {
  std::vector<std::string> out;
  for (const Uuid& id : ids) out.push_back(id.to_string());
  return out;
}

void check_header(const VectorCase& v) {
  auto header = decode_link_header(v.text("header"));
  if (v.has("error")) {
    CHECK(header.status().code() == code_of(v));
    return;
  }
  REQUIRE(header.ok());
  CHECK(static_cast<std::uint64_t>(header->command) == v.uint("command"));
  CHECK(header->session == v.uint("session"));
  CHECK(header->frame == v.uint("frame"));
  CHECK(encode_link_header(*header) == v.text("header"));
}

void check_hello(const VectorCase& v) {
  auto hello = decode_hello(v.text("hello"));
  if (v.has("error")) {
    CHECK(hello.status().code() == code_of(v));
    return;
  }
  REQUIRE(hello.ok());
  CHECK(hello->version == v.uint("version"));
  CHECK(hello->node_id == v.uuid("node_id"));
  CHECK(hello->boot_id == v.uuid("boot_id"));
  CHECK(hello->node_name == v.text("node_name"));
  CHECK(hello->host == v.text("host"));
  CHECK(as_text(hello->downstream) == v.all("downstream"));
  if (!v.has("decode_only")) CHECK(encode_hello(*hello) == v.text("hello"));
}

void check_welcome(const VectorCase& v) {
  auto welcome = decode_welcome(v.text("welcome"));
  REQUIRE(welcome.ok());
  CHECK(welcome->version == v.uint("version"));
  CHECK(welcome->node_id == v.uuid("node_id"));
  CHECK(welcome->boot_id == v.uuid("boot_id"));
  CHECK(welcome->node_name == v.text("node_name"));
  CHECK(welcome->window == v.uint("window"));
  CHECK(welcome->next_frame == v.uint("next_frame"));
  CHECK(ack_meaning_name(welcome->ack_meaning) == v.text("ack_meaning"));
  CHECK(as_text(welcome->downstream) == v.all("downstream"));
  CHECK(encode_welcome(*welcome) == v.text("welcome"));
}

void check_ack(const VectorCase& v) {
  auto ack = decode_ack(v.text("ack"));
  if (v.has("error")) {
    CHECK(ack.status().code() == code_of(v));
    return;
  }
  REQUIRE(ack.ok());
  CHECK(ack->window == v.uint("window"));
  std::vector<std::string> ranges;
  for (const AckRange& range : ack->ranges)
    ranges.push_back(range.run.to_string() + " " + std::to_string(range.first) + " " +
                     std::to_string(range.last));
  CHECK(ranges == v.all("range"));
  CHECK(encode_ack(*ack) == v.text("ack"));
}

void check_reject(const VectorCase& v) {
  auto reject = decode_reject(v.text("reject"));
  REQUIRE(reject.ok());
  CHECK(reject->id.run == v.uuid("run"));
  CHECK(reject->id.seq == v.uint("seq"));
  CHECK(reject_reason_name(reject->reason) == v.text("reason"));
  CHECK(reject->detail == v.text("detail"));
  CHECK(concerns_batch(reject->reason) == (v.text("concerns_batch") == "yes"));
  CHECK(encode_reject(*reject) == v.text("reject"));
}

}  // namespace

TEST_CASE("link commands of the golden vectors are read and written") {
  for (const VectorCase& v : read_vectors("link.txt")) {
    CAPTURE(v.label());
    int checked = 0;
    if (v.has("header")) check_header(v), ++checked;
    if (v.has("hello")) check_hello(v), ++checked;
    if (v.has("welcome")) check_welcome(v), ++checked;
    if (v.has("ack")) check_ack(v), ++checked;
    if (v.has("reject")) check_reject(v), ++checked;
    CHECK(checked == 1);
  }
}

TEST_CASE("a link command cut at any byte is corrupt") {
  for (const VectorCase& v : read_vectors("link.txt")) {
    if (v.has("error") || v.has("decode_only")) continue;
    CAPTURE(v.label());
    auto cut_everywhere = [&v](const char* key, auto decode) {
      if (!v.has(key)) return;
      std::string whole = v.text(key);
      for (std::size_t size = 0; size < whole.size(); ++size)
        CHECK(decode(std::string_view(whole).substr(0, size)).status().code() == Code::kCorrupt);
    };
    cut_everywhere("header", decode_link_header);
    cut_everywhere("hello", decode_hello);
    cut_everywhere("welcome", decode_welcome);
    cut_everywhere("ack", decode_ack);
    cut_everywhere("reject", decode_reject);
  }
}

TEST_CASE("bytes behind a known body are a later revision's, and ignored") {
  Hello hello;
  hello.node_name = "a";
  CHECK(decode_hello(encode_hello(hello) + "more")->node_name == "a");
  Welcome welcome;
  welcome.window = 5;
  CHECK(decode_welcome(encode_welcome(welcome) + "more")->window == 5);
  LinkAck ack;
  ack.window = 6;
  CHECK(decode_ack(encode_ack(ack) + "more")->window == 6);
  LinkReject reject;
  reject.reason = RejectReason::kLoop;
  CHECK(decode_reject(encode_reject(reject) + "more")->reason == RejectReason::kLoop);
}

TEST_CASE("names and lists over their limits are cut, so that what is sent can be read") {
  Hello hello;
  hello.node_name = std::string(300, 'n');
  hello.downstream.assign(2000, Uuid::random());
  auto decoded = decode_hello(encode_hello(hello));
  REQUIRE(decoded.ok());
  CHECK(decoded->node_name == std::string(255, 'n'));
  CHECK(decoded->downstream.size() == 1024);
  LinkReject reject;
  reject.detail = std::string(1000, 'd');
  CHECK(decode_reject(encode_reject(reject))->detail.size() == 255);
}

TEST_CASE("reasons and meanings nobody knows yet have a name all the same") {
  CHECK(reject_reason_name(static_cast<RejectReason>(200)) == "unknown");
  CHECK(ack_meaning_name(static_cast<AckMeaning>(200)) == "unknown");
}

}  // namespace ox
