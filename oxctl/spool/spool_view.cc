#include "oxctl/spool/spool_view.h"

#include <fmt/format.h>

#include "oxctl/printable.h"
#include "oxctl/units.h"
#include "proto/json.h"

namespace ox {
namespace {

using State = CheckpointSlot::State;

std::string file_name(const std::string& path) { return printable(base_name(path)); }

std::string size_text(std::uint64_t bytes) { return format_bytes(static_cast<double>(bytes)); }

std::string state_text(const SpoolReport::Slot& slot) {
  if (!slot.exists) return "missing";
  switch (slot.content.state) {
    case State::kBlank:
      return "never written";
    case State::kWhole:
      return slot.counts ? "whole, the newest" : "whole";
    case State::kDamaged:
      return "damaged";
    case State::kNewer:
      return fmt::format("of a newer format ({})", slot.content.version);
  }
  return "";
}

std::string_view state_word(const SpoolReport::Slot& slot) {
  if (!slot.exists) return "missing";
  switch (slot.content.state) {
    case State::kBlank:
      return "blank";
    case State::kWhole:
      return "whole";
    case State::kDamaged:
      return "damaged";
    case State::kNewer:
      return "newer";
  }
  return "";
}

void add_lines(std::string& out, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) out += line + "\n";
}

void add_slots(std::string& out, const SpoolReport& report, const Layout& layout) {
  out += "\n" + paint("Checkpoint", Tone::kStrong, layout) + "\n";
  Table table({{"file"},
               {"state"},
               {"number", true},
               {"committed", true},
               {"in files", true},
               {"senders", true},
               {"uptime", true}});
  for (const SpoolReport::Slot& slot : report.slots) {
    const Checkpoint& checkpoint = slot.content.checkpoint;
    bool is_bad = slot.content.state == State::kDamaged || slot.content.state == State::kNewer;
    if (slot.content.state != State::kWhole) {
      const std::string none;
      Cell state(state_text(slot), is_bad ? Tone::kBad : Tone::kFaint);
      table.add({file_name(slot.path), state, none, none, none, none, none});
      continue;
    }
    table.add({file_name(slot.path), state_text(slot), std::to_string(slot.content.sequence),
               std::to_string(checkpoint.committed), std::to_string(checkpoint.store_position),
               format_count(slot.dedup_runs), format_seconds(to_seconds(checkpoint.uptime))});
  }
  add_lines(out, table.lines(layout, 2));
}

void add_outputs(std::string& out, const SpoolReport& report, const Layout& layout) {
  if (report.outputs.empty()) return;
  out += "\n" + paint("Outputs", Tone::kStrong, layout) + "\n";
  Table table({{"name"}, {"released", true}, {"pending events", true}, {"pending", true}});
  for (const auto& [name, output] : report.outputs)
    table.add({printable(name), std::to_string(output.released),
               format_count(output.pending_events), size_text(output.pending_bytes)});
  add_lines(out, table.lines(layout, 2));
}

void add_segments(std::string& out, const SpoolReport& report, const Layout& layout) {
  out += "\n" + paint("Segments", Tone::kStrong, layout) + "\n";
  Table table({{"file"},
               {"base", true},
               {"end", true},
               {"batches", true},
               {"events", true},
               {"size", true},
               {"first accepted"},
               {"last accepted"}});
  for (const SpoolReport::Segment& segment : report.segments) {
    auto time = [&](WallTime at) {
      return segment.records == 0 ? std::string() : format_unix_time(to_seconds(at));
    };
    table.add({file_name(segment.path), std::to_string(segment.base), std::to_string(segment.end),
               format_count(segment.records), format_count(segment.events), size_text(segment.size),
               time(segment.first_accepted), time(segment.last_accepted)});
  }
  add_lines(out, table.empty() ? std::vector<std::string>{"  none"} : table.lines(layout, 2));
}

std::string_view dedup_file_state(const SpoolReport::DedupFile& file) {
  if (!file.exists) return "missing";
  if (file.leftover) return "left over";
  return file.counts ? "in use" : "replaced";
}

void add_dedup_files(std::string& out, const SpoolReport& report, const Layout& layout) {
  if (report.dedup_files.empty()) return;
  out += "\n" + paint("Senders not heard of lately", Tone::kStrong, layout) + "\n";
  Table table({{"file"}, {"state"}, {"senders", true}, {"size", true}});
  for (const SpoolReport::DedupFile& file : report.dedup_files) {
    Tone tone = file.exists ? file.counts ? Tone::kPlain : Tone::kFaint : Tone::kBad;
    table.add({file_name(file.path), Cell(std::string(dedup_file_state(file)), tone),
               format_count(file.runs), size_text(file.size)});
  }
  add_lines(out, table.lines(layout, 2));
}

void add_damage(std::string& out, const SpoolReport& report, const Layout& layout) {
  out += "\n" + paint("Damage", Tone::kStrong, layout) + "\n";
  if (report.damage.empty()) out += "  none\n";
  for (const DamagedRange& range : report.damage)
    out += "  " + paint(damage_text(range), Tone::kBad, layout) + "\n";
  if (report.torn_bytes > 0)
    out += fmt::format("  {} bytes of an append that was cut off: the next start cuts them\n",
                       report.torn_bytes);
  if (report.quarantined_files > 0)
    out += fmt::format("  {} in quarantine from earlier starts ({})\n",
                       report.quarantined_files == 1
                           ? std::string("one file")
                           : format_count(report.quarantined_files) + " files",
                       size_text(report.quarantined_bytes));
}

using Packer = msgpack::packer<msgpack::sbuffer>;

template <typename T>
void pack(Packer& packer, std::string_view key, const T& value) {
  packer.pack(key);
  packer.pack(value);
}

void pack_slot(Packer& packer, const SpoolReport::Slot& slot) {
  bool is_whole = slot.content.state == State::kWhole;
  packer.pack_map(is_whole ? 9 : 3);
  pack(packer, "file", slot.path);
  pack(packer, "state", state_word(slot));
  pack(packer, "size", slot.size);
  if (!is_whole) return;
  const Checkpoint& checkpoint = slot.content.checkpoint;
  pack(packer, "newest", slot.counts);
  pack(packer, "sequence", slot.content.sequence);
  pack(packer, "committed", checkpoint.committed);
  pack(packer, "store_position", checkpoint.store_position);
  pack(packer, "uptime", to_seconds(checkpoint.uptime));
  packer.pack(std::string_view("dedup"));
  packer.pack_map(2);
  pack(packer, "runs", slot.dedup_runs);
  pack(packer, "bytes", checkpoint.dedup.size());
}

void pack_dedup_file(Packer& packer, const SpoolReport::DedupFile& file) {
  packer.pack_map(6);
  pack(packer, "file", file.path);
  pack(packer, "state", dedup_file_state(file));
  pack(packer, "size", file.size);
  pack(packer, "runs", file.runs);
  pack(packer, "intervals", file.records);
  pack(packer, "made_at_uptime", to_seconds(file.made_at));
}

void pack_segment(Packer& packer, const SpoolReport::Segment& segment) {
  packer.pack_map(segment.records == 0 ? 7 : 9);
  pack(packer, "file", segment.path);
  pack(packer, "base", segment.base);
  pack(packer, "end", segment.end);
  pack(packer, "size", segment.size);
  pack(packer, "batches", segment.records);
  pack(packer, "events", segment.events);
  pack(packer, "body_bytes", segment.body_bytes);
  if (segment.records == 0) return;
  pack(packer, "first_accepted", to_seconds(segment.first_accepted));
  pack(packer, "last_accepted", to_seconds(segment.last_accepted));
}

void pack_damage(Packer& packer, const DamagedRange& range) {
  packer.pack_map(4);
  pack(packer, "file", range.segment);
  pack(packer, "offset", range.file_offset);
  pack(packer, "length", range.length);
  pack(packer, "reason", range.reason);
}

}  // namespace

std::string damage_text(const DamagedRange& range) {
  std::string where = printable(range.segment, 4096);
  if (range.length > 0) where += fmt::format(": {} bytes at {}", range.length, range.file_offset);
  return where + ": " + printable(range.reason);
}

std::string render_spool(const std::string& directory, const SpoolReport& report,
                         const Layout& layout) {
  std::string out =
      fmt::format("spool {} in {}\n", report.id.is_nil() ? kUnknown : report.id.to_string(),
                  printable(directory, 4096));
  out += report.holder.empty()
             ? "no daemon has it\n"
             : fmt::format("{} has it: what follows may be in motion\n", printable(report.holder));
  add_slots(out, report, layout);
  add_outputs(out, report, layout);
  add_segments(out, report, layout);
  add_dedup_files(out, report, layout);
  add_damage(out, report, layout);
  return out;
}

std::string spool_json(const std::string& directory, const SpoolReport& report) {
  msgpack::sbuffer buffer;
  Packer packer(buffer);
  packer.pack_map(11);
  pack(packer, "directory", directory);
  pack(packer, "spool_id", report.id.to_string());
  pack(packer, "held_by", report.holder);
  pack(packer, "end", report.end);
  packer.pack(std::string_view("checkpoints"));
  packer.pack_array(static_cast<std::uint32_t>(report.slots.size()));
  for (const SpoolReport::Slot& slot : report.slots) pack_slot(packer, slot);
  packer.pack(std::string_view("outputs"));
  packer.pack_map(static_cast<std::uint32_t>(report.outputs.size()));
  for (const auto& [name, output] : report.outputs) {
    packer.pack(name);
    packer.pack_map(3);
    pack(packer, "released", output.released);
    pack(packer, "pending_events", output.pending_events);
    pack(packer, "pending_bytes", output.pending_bytes);
  }
  packer.pack(std::string_view("segments"));
  packer.pack_array(static_cast<std::uint32_t>(report.segments.size()));
  for (const SpoolReport::Segment& segment : report.segments) pack_segment(packer, segment);
  packer.pack(std::string_view("dedup_files"));
  packer.pack_array(static_cast<std::uint32_t>(report.dedup_files.size()));
  for (const SpoolReport::DedupFile& file : report.dedup_files) pack_dedup_file(packer, file);
  packer.pack(std::string_view("damage"));
  packer.pack_array(static_cast<std::uint32_t>(report.damage.size()));
  for (const DamagedRange& range : report.damage) pack_damage(packer, range);
  pack(packer, "torn_bytes", report.torn_bytes);
  packer.pack(std::string_view("quarantine"));
  packer.pack_map(2);
  pack(packer, "files", report.quarantined_files);
  pack(packer, "bytes", report.quarantined_bytes);

  std::string out;
  msgpack::object_handle handle = msgpack::unpack(buffer.data(), buffer.size());
  append_json(out, handle.get());
  return out + "\n";
}

}  // namespace ox
