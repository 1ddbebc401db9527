#include "common/ingest/api/upload/upload_format.h"

#include <utility>

#include <fmt/format.h>

#include "common/http/http_fields.h"
#include "common/ingest/api/upload/msgpack_items.h"

namespace ox {

std::optional<UploadFormat> upload_format(std::string_view content_type) {
  if (content_type.empty()) return UploadFormat::kJson;
  const auto media = MediaType::parse(content_type);
  if (!media) return std::nullopt;
  const std::string_view type = media->type;
  if (type == "application/json" || type.ends_with("+json")) return UploadFormat::kJson;
  if (type == "application/x-ndjson" || type == "application/ndjson" ||
      type == "application/jsonl" || type == "application/x-jsonlines")
    return UploadFormat::kLines;
  if (type == "application/msgpack" || type == "application/x-msgpack" ||
      type == "application/vnd.msgpack")
    return UploadFormat::kMsgpack;
  if (type == "text/plain") return UploadFormat::kText;
  return std::nullopt;
}

HttpBodyLimits upload_limits(UploadFormat format, const EventStore& store) {
  const std::uint64_t most = store.context().max_text();
  if (format == UploadFormat::kJson) return {most, most};
  return {kUnlimitedBody, kUnlimitedBody};
}

static std::unique_ptr<BodyReader> read_json_upload(const EventStore& store,
                                                    std::unique_ptr<UploadPolicy> policy,
                                                    HttpReply reply) {
  // What a std::function holds must be one that can be copied.
  auto shared = std::make_shared<std::unique_ptr<UploadPolicy>>(std::move(policy));
  return store.post().read(std::move(reply), [post = store.post().shared_from_this(), shared](
                                                 std::string body, HttpReply to) {
    std::string documents;
    Status status = append_json_documents(body, documents);
    if (!status.ok()) {
      post->refuse({.status = 400, .message = fmt::format("invalid JSON: {}", status.message())},
                   to);
      return;
    }
    body = std::string();
    post_upload(post->context().gate, document_items(std::move(documents)), std::move(*shared),
                std::move(to));
  });
}

std::unique_ptr<BodyReader> read_upload_as(UploadFormat format, const EventStore& store,
                                           std::unique_ptr<UploadPolicy> policy, HttpReply reply) {
  const std::size_t max_item = store.context().max_text();
  std::unique_ptr<UploadItems> items;
  switch (format) {
    case UploadFormat::kJson:
      return read_json_upload(store, std::move(policy), std::move(reply));
    case UploadFormat::kLines:
      items = line_items({.max_line = max_item});
      break;
    case UploadFormat::kMsgpack:
      items = msgpack_items(max_item);
      break;
    case UploadFormat::kText:
      items = line_items({.max_line = max_item, .json = false});
      break;
  }
  return read_upload(store.context().gate, bounded_items(std::move(items), kMostStreamed),
                     std::move(policy), std::move(reply));
}

}  // namespace ox
