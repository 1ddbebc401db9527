#include "oxctl/status_view.h"

#include <iterator>

#include <fmt/format.h>

#include "common/base/quantity.h"
#include "oxctl/printable.h"
#include "oxctl/units.h"
#include "proto/event_view.h"

namespace ox {
namespace {

constexpr std::size_t kIndent = 2;

std::string count_of(const std::optional<std::uint64_t>& n) {
  return n ? format_count(*n) : std::string();
}

std::string size_of(const std::optional<std::uint64_t>& n) {
  return n ? format_size(*n) : std::string();
}

Tone tone_of_state(bool trouble) { return trouble ? Tone::kBad : Tone::kPlain; }

class StatusText {
 public:
  StatusText(const NodeStatus& status, WallTime now, const Layout& layout)
      : status_(status), now_(now), layout_(layout) {}

  std::string render(std::string_view host) {
    blueox(host);
    node();
    spool();
    outputs();
    peers();
    counters("Rejected", Loss::kRejected, Tone::kBad);
    counters("Dropped", Loss::kDropped, Tone::kBad);
    counters("Failed", Loss::kFailed, Tone::kBad);
    counters("Counters", Loss::kNone, Tone::kPlain);
    return std::move(out_);
  }

 private:
  template <typename... Args>
  void print(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  // "  label     text"
  void line(std::string_view label, std::string_view text) { print("  {:<10}{}\n", label, text); }

  void heading(std::string_view text) { print("\n{}\n", paint(text, Tone::kStrong, layout_)); }

  void table(const Table& table) {
    for (const std::string& row : table.lines(layout_, kIndent)) print("{}\n", row);
  }

  std::string when(double last) {
    return fmt::format("{} ({} secs ago)", format_unix_time(last), seconds_since(last, now_));
  }

  std::string ago(const std::optional<double>& last) {
    return last ? format_seconds(to_seconds(now_) - *last) + " ago" : std::string();
  }

  void blueox_activity(const std::vector<Activity>& all) {
    print("\n");
    for (const Activity& one : all) {
      const std::size_t width = display_width(one.name);
      print("  {}{}  Last {}\n", std::string(width < 32 ? 32 - width : 0, ' '), one.name,
            one.last ? when(*one.last) : "unknown");
    }
  }

  // BlueOx's own text: bin/oxctl of BlueOx, "%32s  Last %s (%d secs ago)" and its like.
  void blueox(std::string_view host) {
    print("Host: {}\n", host);
    if (status_.last && *status_.last != 0) print("Last: {}\n", when(*status_.last));
    if (status_.lag && *status_.lag != 0) print("Lag: {:f} secs\n", *status_.lag);
    blueox_activity(status_.hosts);
    blueox_activity(status_.types);
  }

  void node() {
    if (!status_.node && status_.ports.empty() && status_.warnings.empty()) return;
    heading("Node");
    for (const std::string& warning : status_.warnings)
      print("  {}\n", paint("WARNING: " + warning, Tone::kBad, layout_));
    if (status_.node) identity(*status_.node);
    std::string ports;
    for (const auto& [name, address] : status_.ports)
      ports += fmt::format("{}{} {}", ports.empty() ? "" : ", ", name, address);
    if (!ports.empty()) line("ports", ports);
    if (status_.streams)
      line("streams", fmt::format("{} subscribers, {} events dropped",
                                  or_unknown(status_.streams->subscribers, format_count),
                                  or_unknown(status_.streams->dropped, format_count)));
  }

  void identity(const NodeIdentity& node) {
    std::string name = node.name.empty() ? node.host : node.name;
    if (!node.host.empty() && node.host != name) name += " on " + node.host;
    if (!name.empty()) line("name", name);
    if (!node.id.empty()) line("id", node.id);
    if (!node.boot_id.empty()) line("boot id", node.boot_id);
    std::string process;
    auto add = [&](const std::string& part) { process += (process.empty() ? "" : ", ") + part; };
    if (!node.version.empty()) add("oxd " + node.version);
    if (node.pid) add(fmt::format("pid {}", *node.pid));
    if (node.uptime) add("up " + format_seconds(*node.uptime));
    if (!process.empty()) line("process", process);
  }

  void spool() {
    if (!status_.spool) return;
    const SpoolStatus& spool = *status_.spool;
    heading("Spool");
    std::string state = spool.state.empty() ? "unknown" : spool.state;
    if (!spool.reason.empty()) state += ": " + spool.reason;
    line("state", paint(state, tone_of_state(spool_in_trouble(spool.state)), layout_));
    std::string used = or_unknown(spool.bytes, format_size);
    if (spool.limit) used += " of " + format_size(*spool.limit);
    if (spool.bytes && spool.limit && *spool.limit != kUnlimited && *spool.limit > 0)
      used += fmt::format(" ({:.0f}%)", 100.0 * static_cast<double>(*spool.bytes) /
                                            static_cast<double>(*spool.limit));
    if (spool.events) used += fmt::format(", {} events", format_count(*spool.events));
    if (spool.batches) used += fmt::format(" in {} batches", format_count(*spool.batches));
    line("used", used);
    if (!spool.policy.empty()) line("when full", spool.policy);
    std::string where = spool.kind;
    if (!spool.path.empty()) where += (where.empty() ? "" : " ") + spool.path;
    if (!where.empty()) line("kept in", where);
  }

  void outputs() {
    if (status_.outputs.empty()) return;
    heading("Outputs");
    Table rows({{"NAME"},
                {"KIND"},
                {"STATE"},
                {"PENDING", true},
                {"BYTES", true},
                {"IN FLIGHT", true},
                {"ACKED", true},
                {"MAYBE TWICE", true},
                {"SKIPPED", true},
                {"LAG", true},
                {"TARGET"},
                {"NODE"},
                {"ACKED MEANS"},
                {"REASON"}});
    for (const OutputStatus& o : status_.outputs) {
      const Tone tone = tone_of_state(output_in_trouble(o.state));
      const bool twice = o.maybe_duplicated.value_or(0) > 0;
      const bool skipped = o.skipped_events.value_or(0) > 0;
      rows.add({o.name, o.kind, Cell(o.state, tone), count_of(o.pending_events),
                size_of(o.pending_bytes), size_of(o.in_flight_bytes), count_of(o.acked_events),
                twice ? count_of(o.maybe_duplicated) : "",
                skipped ? count_of(o.skipped_events) : "", o.lag ? format_seconds(*o.lag) : "",
                o.target, o.node, o.ack_meaning, Cell(o.reason, tone)});
    }
    table(rows);
  }

  void peers() {
    if (status_.peers.empty()) return;
    heading("Peers");
    Table rows({{"NAME"},
                {"HOST"},
                {"BATCHES", true},
                {"EVENTS", true},
                {"BYTES", true},
                {"WINDOW", true},
                {"LAST", true},
                {"NODE"}});
    for (const PeerStatus& p : status_.peers)
      rows.add({p.name, p.host, count_of(p.batches), count_of(p.events), size_of(p.bytes),
                size_of(p.window), ago(p.last), p.id});
    table(rows);
  }

  // The counters of one kind that are not zero.
  void counters(std::string_view title, Loss loss, Tone tone) {
    Table rows({{"NAME"}, {"COUNT", true}});
    for (const auto& [name, count] : status_.counters)
      if (count > 0 && loss_of_counter(name) == loss) rows.add({name, format_count(count)});
    if (rows.empty()) return;
    print("\n{}\n", paint(title, tone == Tone::kPlain ? Tone::kStrong : tone, layout_));
    std::vector<std::string> lines = rows.lines(layout_, kIndent);
    for (std::size_t i = 1; i < lines.size(); ++i) print("{}\n", lines[i]);  // no title line
  }

  const NodeStatus& status_;
  const WallTime now_;
  const Layout layout_;
  std::string out_;
};

}  // namespace

std::string render_status(std::string_view host, const NodeStatus& status, WallTime now,
                          const Layout& layout) {
  return StatusText(status, now, layout).render(host);
}

std::string render_targets(const msgpack::object& reply, const Layout& layout) {
  Table rows({{"TARGET"}, {"KIND"}, {"STATE"}, {"PENDING", true}, {"IN FLIGHT", true}, {"NODE"}});
  const msgpack::object* targets = find_key(reply, "targets");
  if (targets != nullptr && targets->type == msgpack::type::ARRAY) {
    for (std::uint32_t i = 0; i < targets->via.array.size; ++i) {
      const msgpack::object& target = targets->via.array.ptr[i];
      const std::string state = shown_text(target, "state");
      rows.add({target_text(target), shown_text(target, "kind"),
                Cell(state, tone_of_state(output_in_trouble(state))),
                count_of(shown_uint(target, "pending_events")),
                size_of(shown_uint(target, "in_flight_bytes")),
                node_label(find_key(target, "node"))});
    }
  }
  if (rows.empty()) return "no targets: nothing is forwarded\n";
  std::string out;
  for (const std::string& line : rows.lines(layout)) out += line + "\n";
  return out;
}

}  // namespace ox
