#include "common/ingest/api/sender_host.h"

namespace ox {

std::string sender_host(const ApiContext& context, const HttpRequest& request) {
  const std::string& peer = request.peer_host();
  if (peer.empty() || peer == "::1" || peer.starts_with("127.")) return context.node_name;
  return peer;
}

}  // namespace ox
