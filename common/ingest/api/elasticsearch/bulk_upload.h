#pragma once
// A bulk request on its way to the gate: in chunks, while its body comes.
//
// Each chunk is stored whole or not at all. When one is not taken, nothing behind it is sent; what
// comes is only listed in the answer, which has every action in its order.
//
//   200  all chunks were taken, or the first ones were: the actions of the others have the status
//        429, to be sent again alone
//   503  nothing was taken: with the same items, which some clients look at alone
//   400  a line is no action: what stands before it is stored, what follows is not looked at
//   413  the answer would get too large; the same
//
// Bounds: of memory, some chunks, and kMaxBulkAnswer for the answer.
#include <cstddef>
#include <memory>
#include <string>

#include "common/http/http_handler.h"
#include "common/ingest/api/elasticsearch/es_store.h"
#include "common/ingest/api/elasticsearch/filter_path.h"

namespace ox {

// So that what clients send at once by default is stored whole, or not at all.
inline constexpr std::size_t kBulkChunkActions = 8192;
// Bytes of what is remembered of the actions: of some 300,000 usual ones.
inline constexpr std::size_t kMaxBulkAnswer = 32 << 20;

struct BulkRequest {
  std::string index;  // of actions that name none; may be ""
  std::string host;   // where the events come from, when they do not say so themselves
  std::string media_type;
  FilterPath filter;
};

// Reads the body, and answers. The store outlives the server.
std::unique_ptr<BodyReader> read_bulk(EsStore& store, BulkRequest request, HttpReply reply);

}  // namespace ox
