#include "common/ingest/api/elasticsearch/bulk_reader.h"

#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "common/ingest/model/json_input.h"

namespace ox {
namespace {

constexpr std::array<std::string_view, kBulkOps> kOpNames = {"index", "create", "update", "delete"};

constexpr std::string_view kValidation = "action_request_validation_exception";
constexpr std::string_view kParsing = "document_parsing_exception";

std::optional<BulkOp> op_of(std::string_view name) {
  for (std::size_t i = 0; i < kOpNames.size(); ++i)
    if (kOpNames[i] == name) return static_cast<BulkOp>(i);
  return std::nullopt;
}

JsonInput& bulk_json() {
  thread_local JsonInput json;
  return json;
}

}  // namespace

std::string_view bulk_op_name(BulkOp op) { return kOpNames[static_cast<std::size_t>(op)]; }

BulkReader::Found BulkReader::take(std::string_view line, std::size_t number, bool too_long,
                                   BulkAction& out) {
  if (!document_due_) {
    if (line.empty()) return Found::kNothing;
    if (too_long) {
      malformed_ = fmt::format("Malformed action/metadata line [{}], it is too long", number);
      return Found::kMalformed;
    }
    return take_action(line, number, out);
  }
  document_due_ = false;
  if (pending_.error_type.empty()) read_document(line, too_long, pending_);
  return finish(out);
}

BulkReader::Found BulkReader::end(BulkAction& out) {
  if (!document_due_) return Found::kNothing;
  document_due_ = false;
  if (pending_.error_type.empty()) refuse(kValidation, "Validation Failed: 1: source is missing;");
  return finish(out);
}

BulkReader::Found BulkReader::finish(BulkAction& out) {
  out = std::exchange(pending_, {});
  return Found::kAction;
}

BulkReader::Found BulkReader::take_action(std::string_view line, std::size_t number,
                                          BulkAction& out) {
  pending_ = {};
  action_.clear();
  if (Status status = bulk_json().append(line, action_); !status.ok()) {
    malformed_ = fmt::format("Malformed action/metadata line [{}]: {}", number, status.message());
    return Found::kMalformed;
  }
  if (Status status = read_action(number); !status.ok()) {
    malformed_ = status.message();
    return Found::kMalformed;
  }
  read_options();
  if (pending_.op == BulkOp::kDelete) {
    refuse(kValidation, "Validation Failed: 1: documents are kept as events, and not deleted;");
    return finish(out);
  }
  if (pending_.op == BulkOp::kUpdate)
    refuse(kValidation, "Validation Failed: 1: documents are kept as events, and not updated;");
  document_due_ = true;
  return Found::kNothing;
}

Status BulkReader::read_action(std::size_t number) {
  const RawValue line(action_);
  auto malformed = [&](std::string_view what) {
    return Status(Code::kInvalid,
                  fmt::format("Malformed action/metadata line [{}], {}", number, what));
  };
  if (!line.is_map()) return malformed("expected START_OBJECT");
  if (line.size() != 1) return malformed("expected one action");
  const RawMap::Entry entry = *RawMap(line).begin();
  auto op = op_of(entry.name);
  if (!op)
    return malformed(fmt::format("expected one of [create, delete, index, update] but found [{}]",
                                 entry.name.substr(0, kMaxIndexName)));
  if (!entry.value.is_map()) return malformed("expected START_OBJECT for the action");
  pending_.op = *op;
  pending_.options = entry.value;
  return ok_status();
}

void BulkReader::read_options() {
  pending_.index = default_index_;
  if (auto index = pending_.options.find("_index"); index && !index->is_nil()) {
    pending_.index = index->as_text().value_or(std::string_view());
    if (pending_.index.empty()) pending_.index = default_index_;
  }
  if (auto id = pending_.options.find("_id"); id && !id->is_nil()) {
    if (auto text = id->as_text()) {
      pending_.id = *text;
      if (text->empty())
        refuse("illegal_argument_exception", "if _id is specified it must not be empty");
    } else if (auto positive = id->as_uint()) {
      pending_.id = id_ = std::to_string(*positive);
    } else if (auto number = id->as_int()) {
      pending_.id = id_ = std::to_string(*number);
    } else {
      refuse("illegal_argument_exception", "_id must be text or an integer");
    }
  }
  if (pending_.index.empty()) {
    refuse(kValidation, "Validation Failed: 1: index is missing;");
  } else if (pending_.index.size() > kMaxIndexName) {
    refuse("invalid_index_name_exception",
           fmt::format("index name is too long, ({} > {})", pending_.index.size(), kMaxIndexName));
    pending_.index = pending_.index.substr(0, 0);
  } else if (pending_.id.size() > kMaxDocumentId) {
    refuse("illegal_argument_exception",
           fmt::format("id is too long, must be no longer than {} bytes but was: {}",
                       kMaxDocumentId, pending_.id.size()));
    pending_.id = {};
  }
}

void BulkReader::read_document(std::string_view line, bool too_long, BulkAction& out) {
  document_.clear();
  if (too_long) {
    refuse(kParsing, "the document is too long");
    return;
  }
  if (Status status = bulk_json().append(line, document_); !status.ok()) {
    refuse(kParsing, fmt::format("failed to parse: {}", status.message()));
    return;
  }
  if (!RawValue(document_).is_map()) {
    refuse(kParsing, "failed to parse: the document is no object");
    return;
  }
  out.document = RawValue(document_);
}

// The first reason counts.
void BulkReader::refuse(std::string_view type, std::string reason) {
  if (!pending_.error_type.empty()) return;
  pending_.error_type = type;
  pending_.error_reason = std::move(reason);
}

}  // namespace ox
