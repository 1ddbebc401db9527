#include "proto/record_id.h"

#include <algorithm>
#include <bit>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "proto/control.h"
#include "proto/event_view.h"

namespace ox {
namespace {

using Numbers = std::vector<std::pair<std::string_view, std::uint64_t>>;

std::string pack_map(std::string_view first_key, const auto& first_value, const Numbers& numbers) {
  msgpack::sbuffer buffer;
  msgpack::packer<msgpack::sbuffer> packer(buffer);
  packer.pack_map(static_cast<std::uint32_t>(numbers.size() + 1));
  packer.pack(first_key);
  packer.pack(first_value);
  for (const auto& [key, value] : numbers) {
    packer.pack(key);
    packer.pack(value);
  }
  return {buffer.data(), buffer.size()};
}

// The number under `key`, 0 when it is absent; nothing when it is something else.
std::optional<std::uint64_t> number(const msgpack::object& map, std::string_view key) {
  const msgpack::object* value = find_key(map, key);
  if (value == nullptr || value->is_nil()) return 0;
  return as_uint(*value);
}

Status read_numbers(const msgpack::object& map,
                    std::initializer_list<std::pair<std::string_view, std::uint64_t*>> keys) {
  for (const auto& [key, out] : keys) {
    auto value = number(map, key);
    if (!value)
      return Status(Code::kInvalid,
                    fmt::format("RECORD_IDS: \"{}\" must be a number that is not negative", key));
    *out = *value;
  }
  return ok_status();
}

}  // namespace

std::uint64_t record_tick(WallTime time) {
  if (time <= kRecordEpoch) return 0;
  return std::min(static_cast<std::uint64_t>((time - kRecordEpoch) / kRecordTick), kRecordTickEnd);
}

std::string encode_record_id_request(const RecordIdRequest& request) {
  Numbers numbers;
  auto add = [&](std::string_view key, std::uint64_t value) {
    if (value > 0) numbers.emplace_back(key, value);
  };
  add("lanes", request.lanes);
  add("after", request.after);
  add("extend", request.extend);
  add("release", request.release);
  add("used", request.used);
  return pack_map("cmd", control::kRecordIds, numbers);
}

Result<RecordIdRequest> decode_record_id_request(const msgpack::object& map) {
  RecordIdRequest request;
  std::uint64_t lanes = 0;
  OX_RETURN_IF_ERROR(read_numbers(map, {{"lanes", &lanes},
                                        {"after", &request.after},
                                        {"extend", &request.extend},
                                        {"release", &request.release},
                                        {"used", &request.used}}));
  if (lanes > kMaxLeaseLanes || (lanes > 0 && !std::has_single_bit(lanes)))
    return Status(Code::kInvalid, fmt::format("RECORD_IDS: \"lanes\" must be a power of two up to "
                                              "{}, not {}",
                                              kMaxLeaseLanes, lanes));
  if (lanes == 0 && request.release == 0)
    return Status(Code::kInvalid, "RECORD_IDS: neither \"lanes\" nor \"release\" is named");
  request.lanes = static_cast<std::uint32_t>(lanes);
  return request;
}

std::string encode_record_id_reply(const RecordIdReply& reply) {
  Numbers numbers;
  if (reply.lease)
    numbers = {{"lease", reply.lease->number},
               {"lane", reply.lease->lane},
               {"lanes", reply.lease->lanes},
               {"from", reply.lease->from},
               {"until", reply.lease->until}};
  numbers.emplace_back("now", reply.now);
  if (reply.first) numbers.emplace_back("first", 1);
  return pack_map("ok", true, numbers);
}

Result<RecordIdReply> decode_record_id_reply(const msgpack::object& map) {
  RecordIdReply reply;
  RecordLease lease;
  std::uint64_t lane = 0;
  std::uint64_t lanes = 0;
  std::uint64_t first = 0;
  Status read = read_numbers(map, {{"lease", &lease.number},
                                   {"lane", &lane},
                                   {"lanes", &lanes},
                                   {"from", &lease.from},
                                   {"until", &lease.until},
                                   {"now", &reply.now},
                                   {"first", &first}});
  if (!read.ok()) return Status(Code::kCorrupt, read.message());
  const msgpack::object* ok = find_key(map, "ok");
  if (ok == nullptr || ok->type != msgpack::type::BOOLEAN || !ok->via.boolean)
    return Status(Code::kCorrupt, "the reply to RECORD_IDS is not ok");
  reply.now = std::min(reply.now, kRecordTickEnd);
  if (lease.number == 0) return reply;
  // Id 0 is none: APIs want positive numbers.
  bool inside = lanes > 0 && lanes <= kRecordLanes && lane <= kRecordLanes - lanes &&
                lease.from > 0 && lease.from < lease.until && lease.until <= kRecordTickEnd;
  if (!inside) return Status(Code::kCorrupt, "the reply to RECORD_IDS is no lease");
  lease.lane = static_cast<std::uint32_t>(lane);
  lease.lanes = static_cast<std::uint32_t>(lanes);
  reply.lease = lease;
  reply.first = first == 1;
  return reply;
}

}  // namespace ox
