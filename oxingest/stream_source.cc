#include "oxingest/stream_source.h"

#include <fmt/format.h>

#include "common/base/log.h"

namespace ox {

StreamSource::StreamSource(EventLoop& loop, std::function<void()> ended)
    : loop_(loop), ended_(std::move(ended)), self_(std::make_shared<StreamSource*>(this)) {}

StreamSource::~StreamSource() { halt(); }

Result<std::unique_ptr<StreamSource>> StreamSource::open(EventLoop& loop,
                                                         const IngestOptions& options,
                                                         EventGate& gate, Metrics& metrics,
                                                         std::function<void()> ended) {
  std::unique_ptr<StreamSource> source(new StreamSource(loop, std::move(ended)));
  for (const StreamSpec& spec : options.streams.listeners)
    OX_RETURN_IF_ERROR(source->add(spec, options, gate, metrics));
  return source;
}

Status StreamSource::add(const StreamSpec& spec, const IngestOptions& options, EventGate& gate,
                         Metrics& metrics) {
  const StreamKind& kind = *spec.kind;
  // Listeners of a kind stand together.
  if (servers_.empty() || servers_.back().first != &kind)
    servers_.emplace_back(
        &kind, std::make_unique<StreamServer>(StreamServerOptions{.name = std::string(kind.word),
                                                                  .option = kind.option,
                                                                  .node_name = options.node_name},
                                              gate, metrics));
  const StreamSetup setup{options.node_name, options.max_event_size, metrics};
  auto address = kind.open(*servers_.back().second, spec, setup);
  if (!address.ok()) return address.status();
  if (!address->loopback() && !options.http.insecure)
    log_warning("{} {}: whoever reaches it may send events (--insecure: do not say this)",
                kind.option, address->to_string());
  const std::string word(kind.word);
  const int number = ++numbers_[&kind];
  const bool local = address->kind == Address::Kind::kIpc;
  ports_.emplace_back(number == 1 ? word : fmt::format("{}_{}", word, number),
                      local ? address->path : address->to_string());
  return ok_status();
}

void StreamSource::start() {
  running_ = servers_.size();
  for (auto& [kind, server] : servers_) server->start();
}

void StreamSource::stop() {
  if (std::exchange(stopping_, true)) return;
  for (auto& [kind, server] : servers_)
    server->stop([this, weak = std::weak_ptr(self_)] {
      // On the server's thread, which ends before this does.
      loop_.post([weak] {
        auto self = weak.lock();
        if (!self) return;
        --(*self)->running_;
        (*self)->ended_();
      });
    });
}

void StreamSource::halt() {
  for (auto& [kind, server] : servers_) server->halt();
}

}  // namespace ox
