// Five hundred texts that somebody might send who means harm: each is an error, or an expression like any
// other, in a bounded time and memory; nothing is read, written or kept.
#include <atomic>
#include <filesystem>

#include <fmt/format.h>
#include <sqlite3.h>

#include "common/query/event_query.h"
#include "tests/support/simulated_disk.h"
#include "tests/unit/query/query_cases.h"

namespace ox {
namespace {

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

std::vector<std::string> hostile_texts(const std::string& target) {
  std::vector<std::string> texts;
  // Statements, alone and behind something that ends what is around an expression.
  const std::vector<std::string> statements = {
      "DROP TABLE events",
      "DELETE FROM events",
      "INSERT INTO events(id) VALUES (1)",
      "UPDATE events SET id = 1",
      "CREATE TABLE x(y)",
      "CREATE TABLE x AS SELECT * FROM events",
      "CREATE TEMP TABLE x(y)",
      "CREATE VIRTUAL TABLE x USING fts5(y)",
      "CREATE VIRTUAL TABLE x USING events",
      "CREATE TRIGGER t AFTER INSERT ON events BEGIN SELECT 1; END",
      "CREATE VIEW v AS SELECT 1",
      "ALTER TABLE events RENAME TO x",
      "ATTACH '" + target + "' AS x",
      "DETACH main",
      "VACUUM INTO '" + target + "'",
      "PRAGMA writable_schema = 1",
      "PRAGMA journal_mode = WAL",
      "PRAGMA temp_store_directory = '/tmp'",
      "PRAGMA hard_heap_limit = 0",
      "REINDEX",
      "ANALYZE",
      "BEGIN",
      "COMMIT",
      "SAVEPOINT x",
      "EXPLAIN SELECT 1",
      "SELECT load_extension('" + target + "')",
      "SELECT writefile('" + target + "', 'x')",
      "SELECT readfile('/etc/passwd')",
      "SELECT edit('x', 'sh')",
      "VALUES (1)"};
  for (const std::string& statement : statements) {
    for (const char* before :
         {"", "1; ", "1); ", "1 UNION ", "1) UNION SELECT 1; ", "'; ", "1 OR ", "(",
          "1 THEN 1 END FROM events; ", "id IN (", "EXISTS (", "1 -- \n; "})
      texts.push_back(before + statement);
  }
  // Functions that make much of little, or reach out.
  for (const char* call : {"zeroblob(1000000000)",
                           "randomblob(1000000000)",
                           "printf('%1000000000d', 1)",
                           "format('%.*c', 1000000000, 'x')",
                           "load_extension('x')",
                           "load_extension('x', 'y')",
                           "fts3_tokenizer('simple')",
                           "sqlite_compileoption_get(1)",
                           "sqlite_source_id()",
                           "last_insert_rowid()",
                           "changes()",
                           "readfile('/etc/passwd')",
                           "writefile('x', 'y')",
                           "edit('x')",
                           "soundex('x')",
                           "random()",
                           "sum(1)",
                           "count(*)",
                           "group_concat(body)",
                           "row_number() OVER ()",
                           "json_each('[1]')",
                           "json_group_array(body)",
                           "nth_value(1, 1) OVER ()",
                           "match('a', 'b')",
                           "raise(ABORT, 'x')",
                           "rtreecheck('x')",
                           "snippet(events)",
                           "quote(zeroblob(1000000))"})
    for (const char* around : {"{}", "length({}) > 1", "1 OR {}", "CASE WHEN {} THEN 1 END"})
      texts.push_back(fmt::format(fmt::runtime(around), call));
  // Deep, long, wide.
  for (int n : {50, 99, 100, 101, 1000, 5000}) {
    texts.push_back(repeated("(", n) + "1" + repeated(")", n));
    texts.push_back(repeated("NOT ", n) + "1");
    texts.push_back(repeated("-", n) + "1");
    texts.push_back(repeated("~", n) + "1");
    texts.push_back("1" + repeated(" AND 1", n));
    texts.push_back("1" + repeated(" || 1", n));
    texts.push_back("body" + repeated("->'a'", n) + " = 1");
    texts.push_back("body->'$" + repeated(".a", n) + "' = 1");
    texts.push_back("body->'$" + repeated("[0]", n) + "' = 1");
    texts.push_back("id IN (1" + repeated(",1", n) + ")");
    texts.push_back("coalesce(1" + repeated(",1", n) + ")");
    texts.push_back(repeated("CASE WHEN ", n) + "1" + repeated(" THEN 1 END", n));
    texts.push_back(repeated("lower(", n) + "message" + repeated(")", n));
    texts.push_back(repeated("(", n));
    texts.push_back("message LIKE '" + repeated("%a", n) + "'");
    texts.push_back("message GLOB '" + repeated("*a", n) + "'");
    texts.push_back("message REGEXP '" + repeated("(a*)*", n) + "b'");
    texts.push_back("message REGEXP '(((a{1,1000}){1,1000}){1," + std::to_string(n) + "})'");
  }
  // Values that grow.
  texts.push_back("length(" + repeated("replace(", 60) + "message" +
                  repeated(",'a','aaaaaaaaaa')", 60) + ") > 1");
  texts.push_back("length(" + repeated("hex(", 60) + "message" + repeated(")", 60) + ") > 1");
  texts.push_back("length(" + repeated("(message || ", 60) + "message" + repeated(")", 60) +
                  ") > 1");
  texts.push_back("message LIKE message || '%' || message || '%' || message");
  // Bytes.
  for (const char* odd : {"\xff\xfe",
                          "'\xff\xfe' = name",
                          "\xc0\x80",
                          "n\xc3\xa4me = 1",
                          "\x01",
                          "\x1b[2J",
                          "1 \xe2\x80\xa8 OR 1",
                          "\"\xff\" = 1",
                          "x'ff' = name",
                          "x'f",
                          "x'zz'",
                          "'",
                          "\"",
                          "`",
                          "[",
                          "''''",
                          "1e999999",
                          "9999999999999999999999",
                          "-9223372036854775808 % -1",
                          "abs(-9223372036854775807 - 1)",
                          "1 / 0",
                          "1 % 0",
                          "0x",
                          "0xfffffffffffffffff",
                          "1..2",
                          ".",
                          "..",
                          "body->",
                          "->1",
                          "body->>",
                          "->>'a'",
                          "body->'a'->",
                          "?1",
                          ":a",
                          "@a",
                          "$a",
                          "#",
                          "\\",
                          "{}",
                          "!",
                          "!!1",
                          "1 = = 1",
                          "* = 1",
                          "events.* = 1",
                          "rowid = 1",
                          "_rowid_ < 5",
                          "oid IS NULL",
                          "events = 1",
                          "main.events.id = 1",
                          "temp.x = 1",
                          "\"ts us\" = 1",
                          "\"body raw\" = 1",
                          "\"body raw\" IS NULL",
                          "length(\"body raw\")",
                          "\"json:0\" = 1",
                          "\"json:0\" = body->'a'",
                          "COLLATE",
                          "id COLLATE nope = 1",
                          "id IS NOT DISTINCT FROM",
                          "CASE END",
                          "CASE WHEN END",
                          "END",
                          "end end",
                          "END = END",
                          "NOT",
                          "AND 1",
                          "1 OR",
                          "IN (1)",
                          "id IN ()",
                          "id NOT IN",
                          "BETWEEN 1 AND 2",
                          "id BETWEEN 1",
                          "LIKE 'a'",
                          "name LIKE",
                          "name LIKE 'a' ESCAPE 'ab'",
                          "name LIKE 'a' ESCAPE ''",
                          "CAST(id AS TEXT) = 'x'",
                          "CAST(id",
                          "id ISNULL NOTNULL",
                          "(1, 2) = (1, 2)",
                          "(1, 2) IN ((1, 2))",
                          "name MATCH 'x'",
                          "json_extract(body)",
                          "json_extract(body, NULL)",
                          "json_extract(body, '$', '$')",
                          "json_extract()",
                          "json_contains_path(body, 'x', '$')",
                          "json_contains_path(body, 'one')",
                          "json_extract(name, '$')",
                          "json_extract('{', '$.a') = 1",
                          "json_extract('[[[[[[[[', '$[0]') = 1",
                          "body->NULL",
                          "body->-1",
                          "body->1.5",
                          "body->99999999999999999999",
                          "body->x'00'",
                          "body->>body",
                          "body->body->body"})
    texts.emplace_back(odd);
  texts.push_back(std::string("1\0; DROP TABLE events", 21));
  texts.push_back(std::string("name = 'a\0b'", 12));
  return texts;
}

}  // namespace

TEST_CASE("five hundred hostile expressions have no effect") {
  const std::filesystem::path target =
      std::filesystem::temp_directory_path() / fmt::format("ox-hostile-{}", ::getpid());
  std::filesystem::remove(target);
  std::string long_text(100'000, 'a');
  const std::string event =
      packed(R"({"id": 1, "body": {"a": 1, "message": ")" + long_text + "\"}}");
  const std::string before(event.data(), event.size());  // bytes of its own
  SimulatedDisk disk(1);
  disk.put("/logs/20260101/t-20260101.log", event);

  const std::vector<std::string> texts = hostile_texts(target.string());
  CHECK(texts.size() >= 500);
  std::size_t refused = 0;
  for (const std::string& text : texts) {
    INFO(text.substr(0, 200));
    QueryLimits limits;
    limits.time_limit = Seconds(100);
    auto filter = EventFilter::compile(text, limits);
    if (!filter.ok()) {
      ++refused;
      REQUIRE_FALSE(filter.status().message().empty());
      REQUIRE(filter.status().message().find('\n') == std::string::npos);
    } else {
      auto found = filter->matches(event);
      if (!found.ok()) REQUIRE_FALSE(found.status().message().empty());
    }
    // The same as a SELECT, and inside one.
    for (const std::string& select : {text, "SELECT id FROM events WHERE " + text}) {
      QueryScope scope;
      scope.directory = "/logs";
      auto query = EventQuery::prepare(disk, scope, select, limits);
      if (!query.ok()) continue;
      int rows = 0;
      for (auto row = query->next(); row.ok() && *row && rows < 10; row = query->next()) ++rows;
    }
  }
  CHECK(refused > 400);
  CHECK(event == before);
  CHECK_FALSE(std::filesystem::exists(target));
  CHECK(sqlite3_memory_used() < (1 << 20));
  CHECK(sqlite3_memory_highwater(0) < (256 << 20));

  // And everything is as it was.
  QueryScope scope;
  scope.directory = "/logs";
  auto query = EventQuery::prepare(disk, scope, "SELECT count(*) FROM events", QueryLimits());
  REQUIRE(query.ok());
  REQUIRE(*query->next());
  CHECK(std::get<std::int64_t>(query->value(0)) == 1);
}

}  // namespace ox
