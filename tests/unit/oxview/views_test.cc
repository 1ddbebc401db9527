// From bytes to the text on standard output, through files and a pipe.
#include <csignal>
#include <fstream>
#include <functional>
#include <sstream>

#include <boost/filesystem.hpp>
#include <doctest/doctest.h>
#include <fcntl.h>

#include "common/base/bytes.h"
#include "common/base/civil_time.h"
#include "common/base/log.h"
#include "common/base/unique_fd.h"
#include "oxview/file_view.h"
#include "oxview/stdin_view.h"
#include "tests/unit/base/temporary_directory.h"

namespace ox {
namespace {

std::vector<std::string> g_log;
void remember_line(LogLevel, std::string_view text) { g_log.emplace_back(text); }

// A directory, an output into a file there, and the log lines that came.
class Fixture {
 public:
  Fixture() : signals_({SIGUSR1}), fd_(::open((dir / "out").c_str(), O_CREAT | O_RDWR, 0600)) {
    REQUIRE(fd_.valid());
    g_log.clear();
    set_log_sink(remember_line);
  }
  ~Fixture() { set_log_sink(nullptr); }

  // What `view` prints.
  std::string printed(PrintOptions options, const std::function<void(Output&, Printer&)>& view) {
    Output output(fd_.get(), signals_);
    Printer printer(output, std::move(options));
    view(output, printer);
    output.flush();
    printer.finish();
    std::ostringstream text;
    text << std::ifstream(dir / "out").rdbuf();
    return text.str();
  }

  std::string printed_stream(const std::string& bytes, PrintOptions options, Status& status) {
    std::ofstream(dir / "in", std::ios::binary) << bytes;
    UniqueFd in(::open((dir / "in").c_str(), O_RDONLY));
    REQUIRE(in.valid());
    return printed(std::move(options), [&](Output& output, Printer& printer) {
      status = view_stream(in.get(), signals_, output, printer);
    });
  }

  void write(const std::string& name, const std::string& bytes) {
    boost::filesystem::create_directories(boost::filesystem::path(dir / name).parent_path());
    std::ofstream(dir / name, std::ios::binary) << bytes;
  }

  TemporaryDirectory dir;

 private:
  Signals signals_;
  UniqueFd fd_;
};

PrintOptions plain() { return {}; }
PrintOptions pretty() {
  PrintOptions options;
  options.format.kind = FormatSpec::Kind::kPretty;
  return options;
}
PrintOptions grouped(bool is_pretty = false) {
  PrintOptions options;
  if (is_pretty) options.format.kind = FormatSpec::Kind::kPretty;
  options.group = true;
  return options;
}

std::string event(const std::string& type, int id) {
  msgpack::sbuffer buffer;
  msgpack::packer<msgpack::sbuffer> packer(buffer);
  packer.pack_map(2);
  packer.pack("type"), packer.pack(type), packer.pack("id"), packer.pack(id);
  return std::string(buffer.data(), buffer.size());
}

std::string json(const std::string& type, int id) {
  return "{\"type\": \"" + type + "\", \"id\": " + std::to_string(id) + "}";
}

}  // namespace

TEST_CASE("events of standard input are a line of JSON each (B15)") {
  Fixture f;
  Status status;
  CHECK(f.printed_stream(event("a", 1) + from_hex("07") + event("b", 2), plain(), status) ==
        json("a", 1) + "\n7\n" + json("b", 2) + "\n");
  CHECK(status.ok());
  CHECK(g_log.empty());
}

TEST_CASE("pretty events have an empty line, a header and indented JSON") {
  Fixture f;
  Status status;
  CHECK(f.printed_stream(event("a", 1) + from_hex("90"), pretty(), status) ==
        "\n=== a (1)\n{\n    \"id\": 1,\n    \"type\": \"a\"\n}\n\n=== ? (?)\n[]\n");
}

TEST_CASE("damage in standard input is an error with its offset, behind what came before") {
  Fixture f;
  Status status;
  std::string good = event("a", 1);
  CHECK(f.printed_stream(good + "\xc1" + good, plain(), status) == json("a", 1) + "\n");
  CHECK(status.code() == Code::kCorrupt);
  CHECK(status.message().find("offset " + std::to_string(good.size())) != std::string::npos);
}

TEST_CASE("half an event at the end of standard input is none, wherever it is cut") {
  std::string last = event("b", 2);
  for (std::size_t cut = 0; cut < last.size(); ++cut) {
    Fixture f;
    Status status;
    CHECK(f.printed_stream(event("a", 1) + last.substr(0, cut), plain(), status) ==
          json("a", 1) + "\n");
    CHECK(status.ok());
  }
}

TEST_CASE("groups are lists, in one line and pretty") {
  const std::string bytes = event("a.b", 1) + event("x.y", 2) + event("a", 1);
  {
    Fixture f;
    Status status;
    CHECK(f.printed_stream(bytes, grouped(), status) ==
          "[" + json("a.b", 1) + ", " + json("a", 1) + "]\n");
  }
  Fixture f;
  Status status;
  CHECK(f.printed_stream(bytes, grouped(true), status) ==
        "\n=== a (1)\n[\n    {\n        \"id\": 1,\n        \"type\": \"a.b\"\n    },\n"
        "    {\n        \"id\": 1,\n        \"type\": \"a\"\n    }\n]\n");
}

TEST_CASE("events that cannot be grouped are groups of their own") {
  Fixture f;
  Status status;
  // {"type": "a.b"}, {"id": nil}, and no map at all.
  CHECK(f.printed_stream(from_hex("81a474797065a3612e62"
                                  "81a26964c0"
                                  "07"),
                         grouped(), status) == "[{\"type\": \"a.b\"}]\n[{\"id\": null}]\n[7]\n");
}

TEST_CASE("an id is the same in every encoding of text, and not that of a number") {
  Fixture f;
  Status status;
  // {"id": raw16 "1", "type": "a.b"}, {"id": 1, "type": "a"}, {"id": fixstr "1", "type": "a"}
  std::string bytes = from_hex("82a26964da000131a474797065a3612e62") +
                      from_hex("82a2696401a474797065a161") + from_hex("82a26964a131a474797065a161");
  CHECK(f.printed_stream(bytes, grouped(), status) ==
        "[{\"id\": 1, \"type\": \"a\"}]\n"
        "[{\"id\": \"1\", \"type\": \"a.b\"}, {\"id\": \"1\", \"type\": \"a\"}]\n");
}

TEST_CASE("files are read in order, and damage in one does not hide the others") {
  Fixture f;
  f.write("logs/20170713/a-20170713.log", event("a", 1) + "\xc1" + event("a", 2));
  f.write("logs/20170714/a-20170714.log", event("a", 3) + event("a", 4).substr(0, 5));
  f.write("logs/20170714/b-20170714.log", event("b", 5));
  f.write("logs/20170714/c-20170714.log.zst", "x");
  f.write("logs/20170715/_overflow-20170715.log", event("z", 6) + event("a", 7) + event("b", 8));
  auto run = [&](const char* type, bool& good) {
    FileSelection selection;
    selection.directory = f.dir / "logs";
    selection.pattern = *TypePattern::parse(type);
    selection.first = *parse_date("20170713");
    selection.last = *parse_date("20170715");
    g_log.clear();
    return f.printed(plain(), [&](Output& output, Printer& printer) {
      good = view_files(FileSystem::real(), selection, output, printer);
    });
  };
  bool good = true;
  SUBCASE("of one type") {
    CHECK(run("a", good) == json("a", 1) + "\n" + json("a", 3) + "\n" + json("a", 7) + "\n");
    CHECK_FALSE(good);
    REQUIRE(g_log.size() == 1);
    CHECK(g_log[0].find("a-20170713.log: offset 12") != std::string::npos);
  }
  SUBCASE("without damage") {
    CHECK(run("b", good) == json("b", 5) + "\n" + json("b", 8) + "\n");
    CHECK(good);
    CHECK(g_log.empty());
  }
  SUBCASE("in a format that is not read") {
    CHECK(run("c", good).empty());
    CHECK_FALSE(good);
    REQUIRE(g_log.size() == 1);
    CHECK(g_log[0].find("c-20170714.log.zst") != std::string::npos);
  }
}

TEST_CASE("no file is a failure that says so") {
  Fixture f;
  bool good = true;
  FileSelection selection;
  selection.directory = f.dir.path();
  std::string text = f.printed(plain(), [&](Output& output, Printer& printer) {
    good = view_files(FileSystem::real(), selection, output, printer);
  });
  CHECK(text.empty());
  CHECK_FALSE(good);
  REQUIRE(g_log.size() == 1);
  CHECK(g_log[0].find("no log files") != std::string::npos);
}

TEST_CASE("groups that were given up are told, those not yet complete are not") {
  Fixture f;
  Status status;
  std::string bytes;
  for (int i = 0; i < 1003; ++i) bytes += event("a.b", i);
  CHECK(f.printed_stream(bytes, grouped(), status).empty());
  REQUIRE(g_log.size() == 1);
  CHECK(g_log[0].starts_with("2 events were not shown"));
}

}  // namespace ox
