#include "oxctl/top_view.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "common/base/quantity.h"
#include "oxctl/printable.h"
#include "oxctl/units.h"

namespace ox {
namespace {

std::string short_or(const std::optional<double>& rate) { return or_unknown(rate, format_short); }
std::string bytes_or(const std::optional<double>& rate) { return or_unknown(rate, format_bytes); }

// "" where the peer does not tell.
std::string short_count(const std::optional<std::uint64_t>& n) {
  if (!n) return "";
  return *n < 1000 ? std::to_string(*n) : format_short(static_cast<double>(*n));
}

std::string node_name(const TopNode& node) {
  if (!node.status || !node.status->node) return node.address;
  const NodeIdentity& who = *node.status->node;
  if (!who.name.empty()) return who.name;
  return who.host.empty() ? node.address : who.host;
}

// What is wrong with the node, worst first, or "ok".
Cell state_of(const TopNode& node) {
  if (node.unreachable)
    return Cell("unreachable" + (node.why.empty() ? "" : ": " + node.why), Tone::kBad);
  if (!node.why.empty()) return Cell(node.why, Tone::kBad);
  if (!node.status) return Cell("waiting");
  const NodeStatus& status = *node.status;
  if (status.spool && spool_in_trouble(status.spool->state))
    return Cell("spool " + status.spool->state, Tone::kBad);
  for (const OutputStatus& output : status.outputs) {
    if (!output_in_trouble(output.state)) continue;
    const std::string& name = output.name.empty() ? output.target : output.name;
    return Cell(fmt::format("{} {}", name, output.state), Tone::kBad);
  }
  return Cell("ok");
}

std::string spool_use(const NodeStatus& status) {
  if (!status.spool || !status.spool->bytes) return "";
  std::string used = format_size(*status.spool->bytes);
  const std::uint64_t limit = status.spool->limit.value_or(0);
  if (limit != 0 && limit != kUnlimited)
    used += fmt::format(
        " {:.0f}%", 100.0 * static_cast<double>(*status.spool->bytes) / static_cast<double>(limit));
  return used;
}

// The age of the oldest batch that some output still holds.
std::string behind(const NodeStatus& status) {
  std::optional<double> worst;
  for (const OutputStatus& output : status.outputs)
    if (output.lag) worst = std::max(worst.value_or(0), *output.lag);
  return worst ? format_seconds(*worst) : "";
}

Cell loss_cell(const std::optional<std::uint64_t>& total) {
  return Cell(short_count(total), total.value_or(0) > 0 ? Tone::kBad : Tone::kPlain);
}

Table node_table(const std::vector<TopNode>& nodes) {
  Table table({{"NODE", false, true},
               {"STATE", false, true},
               {"EVENTS/S", true},
               {"BYTES/S", true},
               {"QUEUE", true},
               {"SPOOL", true},
               {"LAG", true},
               {"BEHIND", true},
               {"DROPPED", true},
               {"DROPS/S", true},
               {"REJECTED", true},
               {"ADDRESS"}});
  for (const TopNode& node : nodes) {
    // Figures of a node that is gone would pass for fresh ones.
    const NodeStatus none;
    const NodeStatus& status = node.unreachable || !node.status ? none : *node.status;
    const bool known = &status != &none;
    std::optional<std::uint64_t> queue;
    if (status.spool) queue = status.spool->events;
    const bool dropping = node.rates.drops.value_or(0) > 0;
    const std::string name = node_name(node);
    table.add({Cell(name, Tone::kStrong), state_of(node), known ? short_or(node.rates.events) : "",
               known ? bytes_or(node.rates.bytes) : "", short_count(queue), spool_use(status),
               status.lag ? format_seconds(*status.lag) : "", behind(status),
               loss_cell(status.total(Loss::kDropped)),
               Cell(known && node.rates.drops ? format_short(*node.rates.drops) : "",
                    dropping ? Tone::kBad : Tone::kPlain),
               loss_cell(status.total(Loss::kRejected)), name == node.address ? "" : node.address});
  }
  return table;
}

// Only the `at_most` busiest: a node may know ten thousand types.
Table type_table(const std::vector<TopNode>& nodes, WallTime now, std::size_t at_most) {
  struct Row {
    const TopNode* node;
    const TypeRate* type;
  };
  std::vector<Row> order;
  for (const TopNode& node : nodes) {
    if (node.unreachable) continue;
    for (const TypeRate& type : node.rates.types) order.push_back({&node, &type});
  }
  std::stable_sort(order.begin(), order.end(), [](const Row& a, const Row& b) {
    return a.type->events.value_or(-1) > b.type->events.value_or(-1);
  });
  const bool several = nodes.size() > 1;
  Table table({{"TYPE", false, true},
               {"EVENTS/S", true},
               {"BYTES/S", true},
               {"EVENTS", true},
               {"BYTES", true},
               {"LAST", true},
               {"DROPPED", true},
               {"NODE", false, true}});
  for (std::size_t i = 0; i < std::min(order.size(), at_most); ++i) {
    const TypeRate& type = *order[i].type;
    const Activity& of = type.activity;
    table.add({of.name, short_or(type.events), bytes_or(type.bytes), short_count(of.count),
               of.bytes ? format_size(*of.bytes) : "",
               of.last ? format_seconds(std::max(0.0, to_seconds(now) - *of.last)) + " ago" : "",
               loss_cell(of.dropped), several ? node_name(*order[i].node) : ""});
  }
  return table;
}

}  // namespace

std::vector<std::string> render_top(const std::string& headline, const std::vector<TopNode>& nodes,
                                    WallTime now, const Layout& layout) {
  constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
  auto faint = [&](const std::string& text) {
    return paint(layout.width == 0 ? text : clip(text, layout.width), Tone::kFaint, layout);
  };
  std::vector<std::string> lines;
  lines.push_back(faint(headline));
  lines.emplace_back();
  for (std::string& line : node_table(nodes).lines(layout)) lines.push_back(std::move(line));
  std::size_t types = 0;
  for (const TopNode& node : nodes) types += node.unreachable ? 0 : node.rates.types.size();
  // A blank line and the titles before the types, and a line for how many more there are.
  const std::size_t room = layout.height == 0                 ? kAll
                           : layout.height > lines.size() + 2 ? layout.height - lines.size() - 2
                                                              : 0;
  const std::size_t shown = types <= room ? types : room > 0 ? room - 1 : 0;
  if (shown > 0) {
    lines.emplace_back();
    for (std::string& line : type_table(nodes, now, shown).lines(layout))
      lines.push_back(std::move(line));
    if (shown < types) lines.push_back(faint(fmt::format("… and {} more", types - shown)));
  }
  if (layout.height != 0 && lines.size() > layout.height) lines.resize(layout.height);
  return lines;
}

}  // namespace ox
