#pragma once
// What a spool's directory holds, for people and as JSON.
#include <string>

#include "common/spool/spool_inspector.h"
#include "oxctl/table.h"

namespace ox {

std::string render_spool(const std::string& directory, const SpoolReport& report,
                         const Layout& layout);
// One line. Positions, sizes and counts are numbers, times Unix seconds.
std::string spool_json(const std::string& directory, const SpoolReport& report);
// "/spool/00000000000000000000.seg: 183 bytes at 64: no record frame"
std::string damage_text(const DamagedRange& range);

}  // namespace ox
