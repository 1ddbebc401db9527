#pragma once
// Names of indices and data streams.
#include <string_view>

namespace ox {

// What an index holds, whenever it is: its name without a date or the number of a rollover at its end
// ("logstash-2026.11.21" is logstash, "app-2026-11-000007" app, "logs-nginx-default" itself). Of date
// math, "<logstash-{now/d}>", what stands before it. The whole name when nothing else is left.
std::string_view index_family(std::string_view index);

}  // namespace ox
