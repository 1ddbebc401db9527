#pragma once
// What a request's body is, by its Content-Type, and how it is read in each case.
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "common/http/body_reader.h"
#include "common/http/http_reply.h"
#include "common/ingest/api/upload/event_batch.h"

namespace ox {

enum class UploadFormat {
  kJson,     // application/json, anything that ends in +json, or no Content-Type
  kLines,    // application/x-ndjson and its other names
  kMsgpack,  // application/msgpack, application/x-msgpack
  kText,     // text/plain
};
std::optional<UploadFormat> upload_format(std::string_view content_type);

// JSON is read whole, up to ApiContext::max_text(); everything else is not. Bytes, as they are
// without their Content-Encoding.
inline constexpr std::uint64_t kMostStreamed = 1 << 30;
HttpBodyLimits upload_limits(UploadFormat format, const EventStore& store);

// Reads the body, whose items are the policy's, and answers. A JSON body that is none is answered
// with 400, and nothing of it is looked at.
std::unique_ptr<BodyReader> read_upload_as(UploadFormat format, const EventStore& store,
                                           std::unique_ptr<UploadPolicy> policy, HttpReply reply);

}  // namespace ox
