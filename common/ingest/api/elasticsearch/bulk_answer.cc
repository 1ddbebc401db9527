#include "common/ingest/api/elasticsearch/bulk_answer.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <utility>

#include <fmt/format.h>

#include "common/ingest/api/elasticsearch/es_response.h"
#include "proto/json.h"

namespace ox {
namespace {

// Of an item, in the order in which Elasticsearch has them.
enum Field : std::size_t {
  kFieldIndex,
  kFieldId,
  kFieldVersion,
  kFieldResult,
  kFieldShardsTotal,
  kFieldShardsSuccessful,
  kFieldShardsFailed,
  kFieldSeqNo,
  kFieldPrimaryTerm,
  kFieldStatus,
  kFieldErrorType,
  kFieldErrorReason,
  kItemFields,
};

using Fields = std::bitset<kItemFields>;

const std::array<FilterPath::Keys, kItemFields> kFieldPaths = {{
    {"_index"},
    {"_id"},
    {"_version"},
    {"result"},
    {"_shards", "total"},
    {"_shards", "successful"},
    {"_shards", "failed"},
    {"_seq_no"},
    {"_primary_term"},
    {"status"},
    {"error", "type"},
    {"error", "reason"},
}};

Fields fields_of(BulkOp op, const FilterPath& filter) {
  Fields fields;
  for (std::size_t field = 0; field < kItemFields; ++field) {
    FilterPath::Keys path = {"items", bulk_op_name(op)};
    path.insert(path.end(), kFieldPaths[field].begin(), kFieldPaths[field].end());
    fields[field] = filter.wants(path);
  }
  return fields;
}

// Members of one object, with commas between them.
class Members {
 public:
  Members(std::string& out, const Fields& fields) : out_(out), fields_(fields) {}

  // Begins a member when it is wanted: its value is to follow.
  bool begin(Field field) {
    if (!fields_[field]) return false;
    const FilterPath::Keys& path = kFieldPaths[field];
    if (path.size() == 1) {
      close();
      separate();
    } else if (path.front() == open_) {
      out_ += ',';
    } else {
      close();
      separate();
      open_ = path.front();
      fmt::format_to(std::back_inserter(out_), "\"{}\":{{", open_);
    }
    fmt::format_to(std::back_inserter(out_), "\"{}\":", path.back());
    return true;
  }
  void text(Field field, std::string_view value) {
    if (begin(field)) append_json_string(out_, value);
  }
  void number(Field field, std::uint64_t value) {
    if (begin(field)) out_ += std::to_string(value);
  }
  void close() {
    if (!std::exchange(open_, {}).empty()) out_ += '}';
  }

 private:
  void separate() {
    if (std::exchange(any_, true)) out_ += ',';
  }

  std::string& out_;
  const Fields& fields_;
  bool any_ = false;
  std::string_view open_;  // the object in the object
};

void add_created(Members& members, std::string_view index, std::string_view id,
                 std::uint64_t number) {
  members.text(kFieldIndex, index);
  members.text(kFieldId, id);
  members.number(kFieldVersion, 1);
  members.text(kFieldResult, "created");
  members.number(kFieldShardsTotal, 1);
  members.number(kFieldShardsSuccessful, 1);
  members.number(kFieldShardsFailed, 0);
  members.number(kFieldSeqNo, number);
  members.number(kFieldPrimaryTerm, 1);
}

}  // namespace

void append_es_created(std::string& out, std::string_view index, std::string_view id,
                       std::uint64_t number) {
  const Fields all = Fields().set();
  Members members(out, all);
  add_created(members, index, id, number);
}

// Writes items as a filter wants them.
class BulkAnswer::Writer {
 public:
  Writer(const FilterPath& filter, std::string_view again) : again_(again) {
    for (std::size_t op = 0; op < kBulkOps; ++op)
      fields_[op] = fields_of(static_cast<BulkOp>(op), filter);
  }

  // False, and nothing is written, when nothing of it is wanted.
  bool append(std::string& out, const Item& item, std::string_view index) const {
    const Fields& fields = fields_[static_cast<std::size_t>(item.op)];
    const std::size_t before = out.size();
    fmt::format_to(std::back_inserter(out), "{{\"{}\":{{", bulk_op_name(item.op));
    const std::size_t begin = out.size();
    Members members(out, fields);
    if (item.result == Result::kStored) {
      add_created(members, index, item.id, item.number);
      members.number(kFieldStatus, 201);
    } else {
      members.text(kFieldIndex, index);
      if (!item.id.empty()) members.text(kFieldId, item.id);
      const bool again = item.result == Result::kAgain;
      members.number(kFieldStatus, again ? 429 : 400);
      members.text(kFieldErrorType, again ? es_error_type(503) : item.problem->type);
      members.text(kFieldErrorReason, again ? again_ : std::string_view(item.problem->reason));
    }
    members.close();
    if (out.size() == begin) {
      out.resize(before);
      return false;
    }
    out += "}}";
    return true;
  }

 private:
  const std::string_view again_;
  std::array<Fields, kBulkOps> fields_;
};

BulkAnswer::Item& BulkAnswer::add(BulkOp op, std::string_view index, std::string_view id) {
  if (indices_.empty() || indices_.back() != index) {
    indices_.emplace_back(index);
    bytes_ += sizeof(std::string) + index.size();
  }
  Item& item = items_.emplace_back();
  item.op = op;
  item.index = static_cast<std::uint32_t>(indices_.size() - 1);
  item.id = id;
  bytes_ += sizeof(Item) + id.size();
  return item;
}

void BulkAnswer::refuse(Item& item, std::string_view type, std::string_view reason) {
  item.result = Result::kRefused;
  item.problem = std::make_unique<Problem>(Problem{type, std::string(reason)});
  bytes_ += sizeof(Problem) + reason.size();
  ++failed_;
}

std::size_t BulkAnswer::add_open(BulkOp op, std::string_view index, std::string_view id) {
  add(op, index, id);
  return items_.size() - 1;
}

void BulkAnswer::add_refused(const BulkAction& action) {
  refuse(add(action.op, action.index, action.id), action.error_type, action.error_reason);
}

void BulkAnswer::settle_stored(std::size_t begin, std::size_t end, std::uint64_t number) {
  for (; begin < end; ++begin) {
    Item& item = items_[begin];
    if (item.result != Result::kOpen) continue;
    item.result = Result::kStored;
    item.number = number++;
    ++stored_;
  }
}

void BulkAnswer::settle_refused(std::size_t begin, std::size_t end, std::string_view reason) {
  for (; begin < end; ++begin)
    if (items_[begin].result == Result::kOpen) refuse(items_[begin], es_error_type(400), reason);
}

void BulkAnswer::settle_rest() {
  for (Item& item : items_) {
    if (item.result != Result::kOpen) continue;
    item.result = Result::kAgain;
    ++failed_;
  }
}

std::string BulkAnswer::text(const FilterPath& filter, std::uint64_t took, std::string_view again,
                             const HttpError* error) const {
  std::string out = "{";
  auto separate = [&out] {
    if (out.size() > 1) out += ',';
  };
  if (error != nullptr) append_es_error(out, *error);
  if (filter.wants({"took"})) {
    separate();
    fmt::format_to(std::back_inserter(out), "\"took\":{}", took);
  }
  if (filter.wants({"errors"})) {
    separate();
    fmt::format_to(std::back_inserter(out), "\"errors\":{}", failed_ > 0);
  }
  const std::size_t before = out.size();
  separate();
  out += "\"items\":[";
  const Writer writer(filter, again);
  bool any = false;
  for (const Item& item : items_) {
    if (any) out += ',';
    if (writer.append(out, item, indices_[item.index])) {
      any = true;
    } else if (any) {
      out.pop_back();
    }
  }
  if (any || filter.wants({"items"})) {
    out += ']';
  } else {
    out.resize(before);
  }
  out += '}';
  return out;
}

}  // namespace ox
