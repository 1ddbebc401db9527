#pragma once
// A body of MessagePack while it comes: maps behind each other, or arrays of them, whose elements
// are the items, so that no array is ever held whole.
#include <cstddef>
#include <memory>

#include "common/ingest/api/upload/upload_items.h"

namespace ox {

// max_document: bytes of the longest item. Behind one that is longer, or that is no MessagePack,
// nothing can be told apart any more: it is the last. One that is nested too deeply is passed over.
// Memory: what was appended and not asked for, and an item.
std::unique_ptr<UploadItems> msgpack_items(std::size_t max_document);

}  // namespace ox
