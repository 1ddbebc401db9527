#pragma once
// The bytes of a file from front to back, decompressed on the way.
// Formats: gzip (RFC 1952) with any number of members, and zero padding behind the last; bzip2 with
// any number of streams; zstd (RFC 8878) with any number of frames, skippable ones among them.
#include <cstddef>
#include <memory>
#include <string>

#include "common/base/file_system.h"
#include "common/base/status.h"
#include "proto/log_name.h"

namespace ox {

// Threading: one thread.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // May read fewer bytes than asked; 0 is the end. After an error, only errors.
  // Errors: kIo, kCorrupt (not the format, or cut short).
  virtual Result<std::size_t> read(char* out, std::size_t size) = 0;
};

// The file as it stands.
std::unique_ptr<ByteSource> make_file_source(std::unique_ptr<File> file);
// What `compressed` holds.
std::unique_ptr<ByteSource> make_decompressor(Compression compression,
                                              std::unique_ptr<ByteSource> compressed);

}  // namespace ox
