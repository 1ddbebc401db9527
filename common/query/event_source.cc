#include "common/query/event_source.h"

#include <algorithm>
#include <utility>

#include "common/store/byte_search.h"

namespace ox {
namespace {

constexpr std::size_t kMaxProblems = 100;

bool holds_needles(std::string_view bytes, const std::vector<std::string>& needles) {
  return std::all_of(needles.begin(), needles.end(),
                     [&](const std::string& needle) { return contains_bytes(bytes, needle); });
}

ScanProgress sum_of(const ScanProgress& a, const ScanProgress& b) {
  ScanProgress sum = a;
  sum.files_total += b.files_total;
  sum.files_done += b.files_done;
  sum.blocks_read += b.blocks_read;
  sum.blocks_skipped += b.blocks_skipped;
  sum.bytes_read += b.bytes_read;
  sum.bytes_skipped += b.bytes_skipped;
  sum.events_read += b.events_read;
  sum.events_found += b.events_found;
  return sum;
}

class StoreSource : public EventSource {
 public:
  StoreSource(FileSystem& fs, QueryScope scope) : fs_(fs), scope_(std::move(scope)) {}

  Result<std::unique_ptr<EventRows>> open(const QueryConditions& conditions, RowOrder order,
                                          std::function<bool()> go_on) override {
    ScanOptions options = scope_.scan;
    options.go_on = [outer = options.go_on, inner = std::move(go_on)] {
      return (!outer || outer()) && inner();
    };
    if (order.by != RowOrder::By::kAny) {
      options.order =
          order.descending ? ScanOptions::Order::kNewestFirst : ScanOptions::Order::kOldestFirst;
      options.by = order.by == RowOrder::By::kEnd ? EventOrder::By::kEnd : EventOrder::By::kTime;
    }
    auto scan = EventScan::open(fs_, scope_.directory, conditions.events(), std::move(options));
    if (!scan.ok()) return scan.status();
    return std::unique_ptr<EventRows>(std::make_unique<Rows>(*this, std::move(*scan)));
  }

  bool in_order() const override { return true; }
  std::string once() const override { return ""; }

  ScanProgress progress() const override {
    return current_ == nullptr ? finished_ : sum_of(finished_, current_->progress());
  }
  const std::vector<Status>& problems() const override { return problems_; }

 private:
  class Rows : public EventRows {
   public:
    Rows(StoreSource& source, EventScan scan) : source_(source), scan_(std::move(scan)) {
      source_.current_ = &scan_;
    }
    ~Rows() override {
      source_.finished_ = sum_of(source_.finished_, scan_.progress());
      source_.take_problems(scan_);
      if (source_.current_ == &scan_) source_.current_ = nullptr;
    }
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    Result<bool> next(EventSlices& event) override {
      std::string_view bytes;
      OX_ASSIGN_OR_RETURN(const bool found, scan_.next(bytes));
      if (found) {
        event = scan_.slices();
      } else {
        source_.take_problems(scan_);
      }
      return found;
    }

   private:
    StoreSource& source_;
    EventScan scan_;
  };

  void take_problems(const EventScan& scan) {
    for (const Status& problem : scan.problems()) {
      const bool known = std::any_of(problems_.begin(), problems_.end(), [&](const Status& old) {
        return old.message() == problem.message();
      });
      if (!known && problems_.size() < kMaxProblems) problems_.push_back(problem);
    }
  }

  FileSystem& fs_;
  const QueryScope scope_;
  ScanProgress finished_;
  EventScan* current_ = nullptr;
  std::vector<Status> problems_;
};

class StreamSource : public EventSource {
 public:
  explicit StreamSource(EventStream& stream) : stream_(stream) {}

  Result<std::unique_ptr<EventRows>> open(const QueryConditions& conditions, RowOrder,
                                          std::function<bool()> go_on) override {
    if (std::exchange(opened_, true)) return read_twice(*this);
    return std::unique_ptr<EventRows>(std::make_unique<Rows>(*this, conditions, std::move(go_on)));
  }

  bool in_order() const override { return false; }
  std::string once() const override { return stream_.name(); }

  ScanProgress progress() const override { return progress_; }
  const std::vector<Status>& problems() const override { return no_problems_; }

 private:
  class Rows : public EventRows {
   public:
    Rows(StreamSource& source, const QueryConditions& conditions, std::function<bool()> go_on)
        : source_(source), conditions_(conditions), go_on_(std::move(go_on)) {}

    Result<bool> next(EventSlices& event) override {
      std::string_view bytes;
      while (true) {
        OX_ASSIGN_OR_RETURN(const bool more, source_.stream_.next(bytes));
        if (!more) return false;
        ++source_.progress_.events_read;
        source_.progress_.bytes_read += bytes.size();
        if (!go_on_()) return Status(Code::kUnavailable, "the query was given up");
        if (!holds_needles(bytes, conditions_.needles())) continue;
        event = EventSlices::of(bytes);
        if (conditions_.events().fits(event, "")) break;
      }
      ++source_.progress_.events_found;
      return true;
    }

   private:
    StreamSource& source_;
    const QueryConditions conditions_;
    const std::function<bool()> go_on_;
  };

  EventStream& stream_;
  bool opened_ = false;
  ScanProgress progress_;
  const std::vector<Status> no_problems_;
};

}  // namespace

std::unique_ptr<EventSource> make_store_source(FileSystem& fs, QueryScope scope) {
  return std::make_unique<StoreSource>(fs, std::move(scope));
}

std::unique_ptr<EventSource> make_stream_source(EventStream& stream) {
  return std::make_unique<StreamSource>(stream);
}

Status read_twice(const EventSource& source) {
  return Status(Code::kInvalid, source.once() +
                                    " can be read only once, and this query reads the table "
                                    "events twice: a join, a sub-select or a UNION");
}

}  // namespace ox
