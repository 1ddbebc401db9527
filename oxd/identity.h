#pragma once
// A node's permanent identity, kept in the file `node` of a directory.
#include <string>

#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/base/uuid.h"

namespace ox {

// The id that the directory keeps; drawn and written at the first start. An empty `directory` keeps
// nothing: a new id each time. Errors: kIo; kCorrupt for a file that holds something else.
Result<Uuid> load_identity(FileSystem& fs, const std::string& directory);

}  // namespace ox
