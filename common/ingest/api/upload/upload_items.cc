#include "common/ingest/api/upload/upload_items.h"

#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/base/quantity.h"
#include "common/ingest/api/logger/json_slices.h"
#include "common/ingest/line_buffer.h"
#include "common/ingest/model/json_input.h"
#include "common/ingest/model/pack.h"

namespace ox {
namespace {

JsonInput& thread_json() {
  thread_local JsonInput json;
  return json;
}

class DocumentItems : public UploadItems {
 public:
  DocumentItems(std::string documents, std::string body)
      : body_(std::move(body)), documents_(std::move(documents)), rest_(documents_) {
    if (!body_.empty()) texts_ = json_elements(body_);
    const RawValue first = RawValue::front_of(rest_);
    single_ = !first.is_array() && first.bytes().size() == rest_.size();
  }

  bool next(UploadItem& out) override {
    while (true) {
      if (element_ && *element_ != *array_end_) {
        out = {.index = index_, .document = **element_};
        if (index_ < texts_.size()) out.text = texts_[index_];
        ++*element_;
        ++index_;
        return true;
      }
      element_.reset();
      if (rest_.empty()) return false;
      const RawValue value = RawValue::front_of(rest_);
      rest_.remove_prefix(value.bytes().size());
      if (!value.is_array()) {
        out = {.index = index_++, .document = value};
        return true;
      }
      element_ = RawArray(value).begin();
      array_end_ = RawArray(value).end();
    }
  }
  bool ended() const override { return true; }
  bool single() const override { return single_; }

 private:
  const std::string body_;
  const std::string documents_;
  std::vector<std::string_view> texts_;
  std::string_view rest_;
  std::optional<RawArray::Iterator> element_;
  std::optional<RawArray::Iterator> array_end_;
  std::size_t index_ = 0;
  bool single_ = false;
};

// Where in its line, which has a number of its own: without the "line 1" of the parser.
std::string within_line(std::string_view message) {
  static constexpr std::string_view kFirstLine = "line 1, ";
  if (message.starts_with(kFirstLine)) message.remove_prefix(kFirstLine.size());
  return std::string(message);
}

class LineItems : public UploadItems {
 public:
  explicit LineItems(const LineRules& rules) : rules_(rules), lines_(rules.max_line) {}

  void append(std::string_view piece) override { lines_.append(piece); }
  void end() override { ended_ = true; }
  bool ended() const override { return ended_; }

  bool next(UploadItem& out) override {
    if (shown_) lines_.pop(*std::exchange(shown_, std::nullopt));
    LineBuffer::Line line;
    while (lines_.peek(line) || (ended_ && lines_.peek_rest(line))) {
      if (line.starts) ++number_;
      if (line.starts && !(rules_.skip_blank && line.blank())) {
        shown_ = line;
        show(line, out);
        return true;
      }
      lines_.pop(line);  // blank, or the rest of one that is too long
    }
    return false;
  }

 private:
  void show(const LineBuffer::Line& line, UploadItem& out) {
    out = {.index = index_++, .line = number_, .text = line.text};
    document_.clear();
    if (!line.ends) {
      out.status = Status(Code::kTooLarge, "too long");
    } else if (!rules_.json) {
      pack_text(document_, line.text);
    } else {
      Status status = thread_json().append(line.text, document_);
      if (status.ok() && rules_.utf8_only && thread_json().notes().invalid_utf8)
        status = Status(Code::kInvalid, "not UTF-8");
      if (!status.ok()) out.status = Status(Code::kInvalid, within_line(status.message()));
    }
    if (out.status.ok()) out.document = RawValue(document_);
  }

  const LineRules rules_;
  LineBuffer lines_;
  std::optional<LineBuffer::Line> shown_;  // the one that out's text views
  std::string document_;
  std::size_t number_ = 0;
  std::size_t index_ = 0;
  bool ended_ = false;
};

class BoundedItems : public UploadItems {
 public:
  BoundedItems(std::unique_ptr<UploadItems> items, std::uint64_t max_bytes)
      : items_(std::move(items)), max_bytes_(max_bytes) {}

  void append(std::string_view piece) override {
    bytes_ += piece.size();
    if (bytes_ <= max_bytes_) items_->append(piece);
  }
  void end() override {
    if (bytes_ <= max_bytes_) items_->end();
  }
  bool ended() const override { return told_ || items_->ended(); }
  bool single() const override { return items_->single(); }

  bool next(UploadItem& out) override {
    if (told_) return false;
    if (items_->next(out)) {
      index_ = out.index + 1;
      return true;
    }
    if (bytes_ <= max_bytes_) return false;
    out = {.index = index_,
           .status = Status(Code::kTooLarge,
                            fmt::format("the body has more than {}", format_size(max_bytes_)))};
    told_ = true;
    return true;
  }

 private:
  const std::unique_ptr<UploadItems> items_;
  const std::uint64_t max_bytes_;
  std::uint64_t bytes_ = 0;
  std::size_t index_ = 0;
  bool told_ = false;
};

}  // namespace

std::string UploadItem::where() const {
  return line > 0 ? fmt::format("line {}", line) : fmt::format("index {}", index);
}

std::unique_ptr<UploadItems> document_items(std::string documents, std::string body) {
  return std::make_unique<DocumentItems>(std::move(documents), std::move(body));
}

std::unique_ptr<UploadItems> bounded_items(std::unique_ptr<UploadItems> items,
                                           std::uint64_t max_bytes) {
  return std::make_unique<BoundedItems>(std::move(items), max_bytes);
}

std::unique_ptr<UploadItems> line_items(const LineRules& rules) {
  return std::make_unique<LineItems>(rules);
}

Status append_json_documents(std::string_view text, std::string& out) {
  const std::size_t before = out.size();
  std::string_view rest = text;
  while (true) {
    auto more = thread_json().append_next(rest, out);
    if (more.ok() && *more) continue;
    if (!more.ok()) {
      out.resize(before);
      return more.status();
    }
    if (out.size() == before) return Status(Code::kInvalid, "there is no document");
    return ok_status();
  }
}

}  // namespace ox
