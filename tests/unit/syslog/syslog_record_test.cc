#include "common/ingest/syslog/syslog_record.h"

#include <string>

#include <doctest/doctest.h>

#include "common/base/civil_time.h"

namespace ox {
namespace {

using namespace std::string_literals;

struct Parsed {
  explicit Parsed(std::string given) : text(std::move(given)) {
    parser.parse(text, from_utc({.year = 2024, .month = 2, .day = 6}), record);
  }
  const SyslogRecord* operator->() const { return &record; }

  std::string text;
  SyslogParser parser;
  SyslogRecord record;
};

TEST_CASE("RFC 5424, whole") {
  Parsed p("<34>1 2003-10-11T22:14:15.003Z host su - ID47 [ex@1 a=\"b\\\"c\"] \xEF\xBB\xBFhi");
  CHECK(p->facility() == 4);
  CHECK(p->severity() == 2);
  CHECK(p->rfc5424);
  CHECK(format_iso_utc(*p->time) == "2003-10-11T22:14:15.003000Z");
  CHECK(p->time_text == "2003-10-11T22:14:15.003Z");
  CHECK(p->host == "host");
  CHECK(p->name == "su");
  CHECK(p->pid.empty());
  CHECK(p->msgid == "ID47");
  CHECK(p->has_data);
  CHECK(p->message == "hi");
}

TEST_CASE("RFC 5424 with as little as there can be") {
  for (const char* text : {"<13>1 - - - - - -", "<13>1 - - - - - - "}) {
    Parsed p(text);
    CHECK(p->rfc5424);
    CHECK(!p->time);
    CHECK(p->time_text.empty());
    CHECK((p->host.empty() && p->name.empty() && p->pid.empty() && p->msgid.empty()));
    CHECK(!p->has_data);
    CHECK(p->message.empty());
  }
  Parsed p("<13>1 - - - - - - x");
  CHECK(p->message == "x");
  Parsed cut("<13>1 - host app");
  CHECK(cut->host == "host");
  CHECK(cut->name == "app");
  Parsed dash("<13>1 - - - - - - -");
  CHECK(dash->message == "-");
  Parsed long_name("<13>1 - - " + std::string(300, 'a') + " - - - x");
  CHECK(long_name->name.size() == 300);
}

TEST_CASE("broken structured data is a part of the message") {
  Parsed p("<13>1 - - app - - [a x=\"1\" hello");
  CHECK(p->name == "app");
  CHECK(!p->has_data);
  CHECK(p->message == "[a x=\"1\" hello");
  Parsed missing("<13>1 - - app 7 ID hello there");
  CHECK(missing->message == "hello there");
  Parsed behind("<13>1 - - app - - -hello");
  CHECK(behind->message == "-hello");
}

TEST_CASE("a text that begins with 1 is no RFC 5424 for that") {
  Parsed p("<13>1 apple a day");
  CHECK(!p->rfc5424);
  CHECK(p->message == "1 apple a day");
  Parsed other("<13>2 - - - - - - x");
  CHECK(other->message == "2 - - - - - - x");
}

TEST_CASE("RFC 3164") {
  Parsed p("<13>Feb  5 17:32:18 10.0.0.99 app[42]: x");
  CHECK(p->pri == 13);
  CHECK(p->time);
  CHECK(p->time_text == "Feb  5 17:32:18");
  CHECK(p->host == "10.0.0.99");
  CHECK(p->name == "app");
  CHECK(p->pid == "42");
  CHECK(p->message == "x");

  Parsed example("<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8");
  CHECK(example->host == "mymachine");
  CHECK(example->name == "su");
  CHECK(example->message == "'su root' failed for lonvick on /dev/pts/8");
  Parsed v6("<34>Oct 11 22:14:15 fe80::1 a/b.c-d_e@f: m");
  CHECK(v6->host == "fe80::1");
  CHECK(v6->name == "a/b.c-d_e@f");
  Parsed no_colon("<34>Oct 11 22:14:15 h app[7] m");
  CHECK(no_colon->name == "app");
  CHECK(no_colon->pid == "7");
  CHECK(no_colon->message == "m");
}

TEST_CASE("RFC 3164 with the time of RFC 3339") {
  Parsed p("<13>2003-10-11T22:14:15.003+02:00 host app[1]: x");
  CHECK(!p->rfc5424);
  CHECK(format_iso_utc(*p->time) == "2003-10-11T20:14:15.003000Z");
  CHECK(p->host == "host");
  CHECK(p->name == "app");
  CHECK(p->message == "x");
}

TEST_CASE("a host is not always there") {
  Parsed p("<13>Feb  5 17:32:18 app[42]: x");
  CHECK(p->host.empty());
  CHECK(p->name == "app");
  CHECK(p->pid == "42");
  Parsed plain("<13>Feb  5 17:32:18 app: x");
  CHECK(plain->host.empty());
  CHECK(plain->name == "app");
}

TEST_CASE("a tag is not always there") {
  Parsed p("<13>Feb  5 17:32:18 host just a message");
  CHECK(p->host == "host");
  CHECK(p->name.empty());
  CHECK(p->message == "just a message");
  Parsed one("<13>Feb  5 17:32:18 message");
  CHECK(one->host.empty());
  CHECK(one->message == "message");
  Parsed link("<13>Feb  5 17:32:18 host http://x is down");
  CHECK(link->name.empty());
  CHECK(link->message == "http://x is down");
  Parsed number("<13>Feb  5 17:32:18 host 45: x");
  CHECK(number->message == "45: x");
}

TEST_CASE("Python's form has neither time nor host") {
  Parsed p("<11>app: boom 3\0"s);
  CHECK(p->facility() == 1);
  CHECK(p->severity() == 3);
  CHECK(!p->time);
  CHECK(p->host.empty());
  CHECK(p->name == "app");
  CHECK(p->message == "boom 3");
  Parsed lines("<11>two\nlines\0"s);
  CHECK(lines->message == "two\nlines");
  CHECK(lines->name.empty());
}

TEST_CASE("without a PRI it is 13, and just text unless there is a time") {
  Parsed p("hello");
  CHECK(p->pri == 13);
  CHECK(p->message == "hello");
  Parsed tagged("note: hello");
  CHECK(tagged->name.empty());
  CHECK(tagged->message == "note: hello");
  Parsed line("Feb  5 17:32:18 host app: x");
  CHECK(line->pri == 13);
  CHECK(line->host == "host");
  CHECK(line->message == "x");
}

TEST_CASE("a PRI that is none is text") {
  for (const char* text : {"<192>x", "<999>x", "<>x", "<1x>x", "<1234>x", "<13", "<", "<-1>x"}) {
    Parsed p(text);
    CHECK_MESSAGE(p->pri == 13, text);
    CHECK_MESSAGE(p->message == text, text);
  }
  CHECK(Parsed("<191>x")->pri == 191);
  CHECK(Parsed("<0>x")->pri == 0);
  CHECK(Parsed("<013>x")->pri == 13);
}

TEST_CASE("NULs and line ends behind it do not count") {
  for (const char* end : {"\n", "\r\n", "\n\n"}) CHECK(Parsed("<13>x"s + end)->message == "x");
  CHECK(Parsed("<13>x\0\n"s)->message == "x");
  CHECK(Parsed("<13>a\nb\n")->message == "a\nb");
  CHECK(Parsed("")->message.empty());
  CHECK(Parsed("<13>")->message.empty());
}

TEST_CASE("any bytes stay as they are") {
  CHECK(Parsed("<13>\xff\xfe\x01")->message == "\xff\xfe\x01");
  CHECK(Parsed("<13>Feb  5 17:32:18 host app: gr\xfc\xdf")->message == "gr\xfc\xdf");
}

}  // namespace
}  // namespace ox
