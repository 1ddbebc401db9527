#pragma once
// Log files with events that cut-offs can tell apart, on a simulated disk, and what readers see of
// them.
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <msgpack.hpp>

#include "common/base/civil_time.h"
#include "common/store/cutoff_draft.h"
#include "common/store/cutoffs.h"
#include "common/store/log_reader.h"
#include "tests/support/simulated_disk.h"

namespace ox {

struct CutoffLogs {
  using Packer = msgpack::packer<msgpack::sbuffer>;

  static std::string event(double end, const std::string& name = "f", int level = 40,
                           const std::string& type = "logger") {
    msgpack::sbuffer buffer;
    Packer packer(buffer);
    packer.pack_map(4);
    packer.pack("id").pack(name + ":" + std::to_string(end)).pack("type").pack(type);
    packer.pack("end").pack(end).pack("body").pack_map(2);
    packer.pack("name").pack(name).pack("level").pack(level);
    return {buffer.data(), buffer.size()};
  }
  static std::string path_of(const std::string& day, const std::string& type = "logger") {
    return "/logs/" + day + "/" + type + "-" + day + ".log";
  }
  void put(const std::string& day, const std::vector<double>& ends,
           const std::string& type = "logger") {
    std::string bytes;
    for (double end : ends) bytes += event(end, "f", 40, type);
    disk.put(path_of(day, type), bytes);
  }
  void append(const std::string& day, const std::vector<double>& ends) {
    std::string bytes = disk.content(path_of(day));
    for (double end : ends) bytes += event(end);
    disk.put(path_of(day), bytes);
  }
  static CutoffRequest before(double end, const std::string& types = "logger") {
    CutoffRequest request;
    request.scope.types = TypePattern::parse(types).value();
    request.scope.before = end;
    return request;
  }
  static WallTime at(const std::string& day) { return parse_date(day).value() + Seconds(3600); }

  // The events it newly hides; as oxd/write/cutoff_maker.h does it.
  std::uint64_t cut(const CutoffRequest& request, WallTime now) {
    Cutoffs cutoffs = loaded();
    auto draft = draft_cutoff(disk, cutoffs, request, now, {});
    REQUIRE_MESSAGE(draft.ok(), draft.status().message());
    cutoffs.forget_idle(disk, draft->files);
    REQUIRE(cutoffs.add(draft->rule).ok());
    REQUIRE(cutoffs.save(disk).ok());
    return draft->hidden;
  }
  Cutoffs loaded() {
    auto cutoffs = Cutoffs::load(disk, "/logs");
    REQUIRE_MESSAGE(cutoffs.ok(), cutoffs.status().message());
    return std::move(*cutoffs);
  }

  // The `end` of all that readers see, in order.
  std::vector<double> seen() {
    std::vector<double> ends;
    const Cutoffs cutoffs = loaded();
    auto found = find_log_files(
        disk, "/logs", [](std::string_view) { return true; }, WallTime::min() / 2,
        WallTime::max() / 2);
    REQUIRE(found.ok());
    for (const LogFile& file : found->files) {
      const FileCutoffs hidden = cutoffs.of(disk, file);
      auto reader = LogReader::open(disk, file);
      REQUIRE(reader.ok());
      std::string_view event;
      while (reader->next(event).value()) {
        const EventSlices slices = EventSlices::of(event);
        if (!hidden.hides(slices, reader->offset() - event.size()))
          ends.push_back(slices.end.as_number().value());
      }
    }
    return ends;
  }

  SimulatedDisk disk;
};

using Ends = std::vector<double>;

}  // namespace ox
