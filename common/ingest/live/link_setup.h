#pragma once
// What both transports over the link tell a LinkPublisher, and people about it.
#include <string>
#include <vector>

#include "common/ingest/live/link_options.h"
#include "common/link/node_identity.h"
#include "common/link/publisher.h"

namespace ox {

// A new node at every start: nobody needs to know the process again.
NodeIdentity ingest_identity(const LinkFeedOptions& options);
LinkPublisherOptions publisher_options(const LinkFeedOptions& options);

std::vector<Address> addresses_of(const std::vector<Target>& hosts);
std::string names_of(const std::vector<Target>& hosts);  // "a:3515 or b:3515"

// While no receiver takes anything: why. "" otherwise.
std::string link_problem(const LinkPublisher& publisher, const std::string& receivers);

}  // namespace ox
