#include "proto/meta.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_meta {

OX_FUZZ_TARGET(meta, std::string_view input) {
  Meta meta;
  MetaError error = decode_meta(input, meta);
  OX_CHECK((error == MetaError::kNone) ==
           (input.size() == kMetaSize && input[0] == static_cast<char>(kMetaVersion)));
  if (error != MetaError::kNone) return;
  OX_CHECK(meta.host.size() <= kMetaNameSize && meta.type.size() <= kMetaNameSize);
  std::string again = encode_meta(meta);
  Meta same;
  OX_CHECK(decode_meta(again, same) == MetaError::kNone);
  OX_CHECK(same.host == meta.host && same.type == meta.type);
}

}  // namespace ox::fuzz_meta
