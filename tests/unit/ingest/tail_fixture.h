#pragma once
// A tail over real files in a directory of its own, polled by hand, with a clock turned by hand.
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include <boost/filesystem.hpp>
#include <doctest/doctest.h>

#include "common/ingest/file_tail.h"
#include "tests/unit/base/temporary_directory.h"
#include "tests/unit/ingest/collecting_sink.h"

namespace ox {

struct TailFixture {
  TailFixture() { shared.options.host = "web-1"; }

  void append(const std::string& name, std::string_view text) {
    std::ofstream(dir / name, std::ios::app | std::ios::binary) << text;
  }
  // `> file`: the same inode with other content.
  void overwrite(const std::string& name, std::string_view text) {
    std::ofstream(dir / name, std::ios::trunc | std::ios::binary) << text;
  }
  void rename(const std::string& from, const std::string& to) {
    REQUIRE(std::rename((dir / from).c_str(), (dir / to).c_str()) == 0);
  }
  void remove(const std::string& name) { boost::filesystem::remove(dir / name); }

  std::unique_ptr<FileTail> make(const std::string& name, SourceNumber number = 0) {
    return std::make_unique<FileTail>(shared, FileSpec{"app", dir / name}, number);
  }
  std::unique_ptr<FileTail> follow(const std::string& name, SourceNumber number = 0) {
    auto tail = make(name, number);
    Status status = tail->start_at_end();
    REQUIRE_MESSAGE(status.ok(), status.message());
    return tail;
  }
  std::unique_ptr<FileTail> resume(const std::string& name, const std::string& position) {
    auto tail = make(name);
    auto decoded = FilePosition::decode(position);
    REQUIRE(decoded.ok());
    Status status = tail->start_at(*decoded);
    REQUIRE_MESSAGE(status.ok(), status.message());
    return tail;
  }
  // What one poll of a sink with room brings.
  Lines poll(FileTail& tail) {
    CHECK(tail.poll() == FileTail::Outcome::kDry);
    return sink.take();
  }
  // The same, when the grace of rotated files is over.
  Lines poll_later(FileTail& tail) {
    poll_into(tail);
    clock.advance(shared.options.rotate_grace);
    return poll(tail);
  }
  void poll_into(FileTail& tail) { CHECK(tail.poll() == FileTail::Outcome::kDry); }

  TemporaryDirectory dir;
  FakeClock clock;
  NoFileWatcher watcher;
  CollectingSink sink;
  TailShared shared{FileSystem::real(), clock, watcher, sink, {}, {}, {}, {}};
};

}  // namespace ox
