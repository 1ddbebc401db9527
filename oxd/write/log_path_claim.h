#pragma once
// Binds a directory of log files to the spool that writes them: files are written exactly once only
// as long as both stay together. A spool of its own path leaves its id in `<log path>/.oxd/spool`;
// one that lives in `<log path>/.oxd` needs no more than to lie there.
#include <memory>
#include <string>

#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/spool/spool.h"

namespace ox {

// Whether a spool may live in `<log path>/.oxd`: not when a spool elsewhere has claimed the log path.
// To be asked before that spool is made. Errors: kInvalid, kIo.
Status may_hold_spool(FileSystem& fs, const std::string& log_path);

// Claims `log_path` for `spool`, which lies in `spool_path`, and locks it against other oxds for as
// long as the result lives (null when the spool's own lock does that). Errors: kExists (another
// process has it); kInvalid (it belongs to another spool, or the spool to another directory); kIo.
Result<std::unique_ptr<FileLock>> claim_log_path(FileSystem& fs, const std::string& log_path,
                                                 const std::string& spool_path, const Spool& spool,
                                                 const std::string& holder);

}  // namespace ox
