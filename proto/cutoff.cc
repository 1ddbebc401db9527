#include "proto/cutoff.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include <fmt/format.h>

#include "proto/control.h"
#include "proto/event_view.h"

namespace ox {
namespace {

using CutoffPacker = msgpack::packer<msgpack::sbuffer>;

Status bad_cutoff(std::string_view what) {
  return Status(Code::kInvalid, fmt::format("CUT_OFF: {}", what));
}

// Absent and nil are the same.
const msgpack::object* given_key(const msgpack::object& map, std::string_view key) {
  const msgpack::object* value = find_key(map, key);
  return value == nullptr || value->is_nil() ? nullptr : value;
}

Status read_flag(const msgpack::object& map, std::string_view key, bool& out) {
  const msgpack::object* value = given_key(map, key);
  if (value == nullptr) return ok_status();
  if (value->type != msgpack::type::BOOLEAN)
    return bad_cutoff(fmt::format("\"{}\" must be true or false", key));
  out = value->via.boolean;
  return ok_status();
}

Status read_names(const msgpack::object& map, std::vector<std::string>& out) {
  const msgpack::object* list = given_key(map, "names");
  if (list == nullptr) return ok_status();
  if (list->type != msgpack::type::ARRAY || list->via.array.size > kMaxCutoffNames)
    return bad_cutoff(fmt::format("\"names\" must be a list of up to {} texts", kMaxCutoffNames));
  for (std::uint32_t i = 0; i < list->via.array.size; ++i) {
    auto name = as_text(list->via.array.ptr[i]);
    if (!name || name->size() > kMaxCutoffName)
      return bad_cutoff(
          fmt::format("each of \"names\" must be a text of up to {} bytes", kMaxCutoffName));
    out.emplace_back(*name);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return ok_status();
}

Status read_level(const msgpack::object& map, std::optional<std::int64_t>& out) {
  const msgpack::object* value = given_key(map, "level");
  if (value == nullptr) return ok_status();
  if (value->type == msgpack::type::POSITIVE_INTEGER &&
      value->via.u64 <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    out = static_cast<std::int64_t>(value->via.u64);
  } else if (value->type == msgpack::type::NEGATIVE_INTEGER) {
    out = value->via.i64;
  } else {
    return bad_cutoff("\"level\" must be an integer");
  }
  return ok_status();
}

bool contains_type(const TypePattern& outer, const TypePattern& inner) {
  if (outer.exact()) return inner.exact() && inner.prefix() == outer.prefix();
  return inner.prefix().starts_with(outer.prefix());
}

bool contains_name(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool CutoffScope::fits_but_type(const EventSlices& event) const {
  if (before) {
    auto end = event.end.as_number();
    if (!end || !(*end < *before)) return false;
  }
  if (names.empty() && !min_level && !logger_ids) return true;
  const BodySlices body = BodySlices::of(event.body);
  if (min_level && !(body.level.as_number().value_or(0) >= static_cast<double>(*min_level)))
    return false;
  if (names.empty() && !logger_ids) return true;
  auto name = body.name.as_text();
  if (!name || (!names.empty() && !contains_name(names, *name))) return false;
  if (!logger_ids) return true;
  auto id = event.id.as_text();
  return id && id->size() > name->size() && id->starts_with(*name) && (*id)[name->size()] == ':';
}

bool CutoffScope::contains(const CutoffScope& other) const {
  if (!contains_type(types, other.types)) return false;
  if (before && !(other.before && *other.before <= *before)) return false;
  if (min_level && !(other.min_level && *other.min_level >= *min_level)) return false;
  if (logger_ids && !other.logger_ids) return false;
  if (names.empty()) return true;
  return !other.names.empty() &&
         std::all_of(other.names.begin(), other.names.end(),
                     [this](const std::string& name) { return contains_name(names, name); });
}

std::string encode_cutoff_request(const CutoffRequest& request) {
  const CutoffScope& scope = request.scope;
  msgpack::sbuffer buffer;
  CutoffPacker packer(buffer);
  const std::uint32_t optional = static_cast<std::uint32_t>(
      int{scope.before.has_value()} + int{!scope.names.empty()} + int{scope.min_level.has_value()} +
      int{scope.logger_ids} + int{!request.count});
  packer.pack_map(2 + optional);
  packer.pack("cmd");
  packer.pack(control::kCutOff);
  packer.pack("types");
  packer.pack(scope.types.to_string());
  if (scope.before) packer.pack("before").pack(*scope.before);
  if (!scope.names.empty()) packer.pack("names").pack(scope.names);
  if (scope.min_level) packer.pack("level").pack(*scope.min_level);
  if (scope.logger_ids) packer.pack("logger_ids").pack(true);
  if (!request.count) packer.pack("count").pack(false);
  return {buffer.data(), buffer.size()};
}

Result<CutoffRequest> decode_cutoff_request(const msgpack::object& map) {
  CutoffRequest request;
  CutoffScope& scope = request.scope;
  auto types = find_text(map, "types");
  if (!types || types->size() > kMaxCutoffName)
    return bad_cutoff("\"types\" is missing, or no type");
  auto pattern = TypePattern::parse(*types);
  if (!pattern.ok()) return bad_cutoff(pattern.status().message());
  scope.types = *pattern;
  if (const msgpack::object* before = given_key(map, "before"); before != nullptr) {
    scope.before = as_number(*before);
    if (!scope.before || std::isnan(*scope.before))
      return bad_cutoff("\"before\" must be a number of seconds");
  }
  OX_RETURN_IF_ERROR(read_names(map, scope.names));
  OX_RETURN_IF_ERROR(read_level(map, scope.min_level));
  OX_RETURN_IF_ERROR(read_flag(map, "logger_ids", scope.logger_ids));
  OX_RETURN_IF_ERROR(read_flag(map, "count", request.count));
  return request;
}

std::string encode_cutoff_reply(const CutoffReply& reply) {
  msgpack::sbuffer buffer;
  CutoffPacker packer(buffer);
  if (!reply.error.empty()) {
    packer.pack_map(reply.unsupported ? 2 : 1);
    packer.pack("error").pack(reply.error);
    if (reply.unsupported) packer.pack("unsupported").pack(true);
  } else {
    packer.pack_map(reply.hidden ? 2 : 1);
    packer.pack("ok").pack(true);
    if (reply.hidden) packer.pack("hidden").pack(*reply.hidden);
  }
  return {buffer.data(), buffer.size()};
}

Result<CutoffReply> decode_cutoff_reply(const msgpack::object& map) {
  CutoffReply reply;
  if (const msgpack::object* error = given_key(map, "error"); error != nullptr) {
    reply.error = as_text(*error).value_or("for a reason that is no text");
    if (reply.error.empty()) reply.error = "without a reason";
    OX_RETURN_IF_ERROR(read_flag(map, "unsupported", reply.unsupported));
    // What a node of before there were cut-offs says.
    if (reply.error == "Unknown Command") reply.unsupported = true;
    return reply;
  }
  bool done = false;
  if (!read_flag(map, "ok", done).ok() || !done)
    return Status(Code::kCorrupt, "the reply to CUT_OFF is not ok");
  if (const msgpack::object* hidden = given_key(map, "hidden"); hidden != nullptr) {
    reply.hidden = as_uint(*hidden);
    if (!reply.hidden) return Status(Code::kCorrupt, "the reply to CUT_OFF counts no events");
  }
  return reply;
}

}  // namespace ox
