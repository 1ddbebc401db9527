#include "common/store/event_scan.h"

#include <optional>
#include <utility>

#include "common/store/scan_files.h"
#include "common/store/sorted_scan.h"

namespace ox {

class EventScan::Impl {
 public:
  Impl(FileSystem& fs, std::string directory, EventConditions conditions, ScanOptions options)
      : files_(fs, std::move(directory), std::move(conditions), std::move(options)) {
    using Order = ScanOptions::Order;
    const Order order = files_.options().order;
    reverse_ = order == Order::kReverse;
    if (order == Order::kOldestFirst || order == Order::kNewestFirst)
      sorted_.emplace(files_, EventOrder(files_.options().by, order == Order::kNewestFirst));
  }

  Status find_files() { return files_.find(); }

  Result<bool> next(std::string_view& event) {
    slices_known_ = place_known_ = false;
    if (given_up_) return ScanFiles::given_up();
    Result<bool> found = sorted_ ? sorted_->next(event) : next_as_written(event);
    event_ = found.ok() && *found ? event : std::string_view();
    if (!event_.empty()) ++files_.progress().events_found;
    given_up_ = !found.ok();
    return found;
  }

  const EventSlices& slices() {
    if (!slices_known_) slices_ = EventSlices::of(event_);
    slices_known_ = true;
    return slices_;
  }

  const LogPlace& place() {
    if (place_known_ || event_.empty()) return place_;
    place_known_ = true;
    const std::size_t file = sorted_ ? sorted_->file() : file_;
    if (place_.path.empty() || file != place_file_) place_.path = files_.relative(file);
    place_file_ = file;
    place_.offset = sorted_ ? sorted_->offset() : scan_->offset(*current_);
    return place_;
  }

  const ScanProgress& progress() const { return files_.progress(); }
  const std::vector<Status>& problems() const { return files_.problems(); }
  std::uint64_t unfinished() const { return files_.unfinished(); }

 private:
  Result<bool> next_as_written(std::string_view& event) {
    while (true) {
      if (scan_ != nullptr && left_ > 0) {
        const auto& matches = scan_->matches();
        current_ = &matches[reverse_ ? left_ - 1 : matches.size() - left_];
        --left_;
        event = scan_->bytes(*current_);
        return true;
      }
      if (scan_ == nullptr) {
        OX_ASSIGN_OR_RETURN(const bool more, open_next());
        if (!more) return false;
      }
      switch (scan_->load()) {
        case FileScan::Loaded::kSome:
          left_ = scan_->matches().size();
          break;
        case FileScan::Loaded::kGivenUp:
          return ScanFiles::given_up();
        case FileScan::Loaded::kEnd:
          files_.close(*scan_);
          scan_ = nullptr;
          left_ = 0;
          break;
      }
    }
  }

  Result<bool> open_next() {
    while (files_tried_ < files_.size()) {
      if (!files_.go_on()) return ScanFiles::given_up();
      file_ = reverse_ ? files_.size() - 1 - files_tried_ : files_tried_;
      ++files_tried_;
      auto scan = files_.open(file_);
      if (scan.ok()) {
        scan_ = std::move(*scan);
        return true;
      }
      files_.add_problem(scan.status());
      ++files_.progress().files_done;
    }
    return false;
  }

  ScanFiles files_;
  bool reverse_ = false;
  bool given_up_ = false;

  // In the order of the files.
  std::size_t files_tried_ = 0;
  std::size_t file_ = 0;
  std::unique_ptr<FileScan> scan_;
  std::size_t left_ = 0;  // matches of scan_ to be given out
  const EventMatcher::Match* current_ = nullptr;
  // In the order of time.
  std::optional<SortedScan> sorted_;

  std::string_view event_;
  EventSlices slices_;
  bool slices_known_ = false;
  LogPlace place_;
  std::size_t place_file_ = 0;
  bool place_known_ = false;
};

EventScan::EventScan(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EventScan::EventScan(EventScan&&) noexcept = default;
EventScan& EventScan::operator=(EventScan&&) noexcept = default;
EventScan::~EventScan() = default;

Result<EventScan> EventScan::open(FileSystem& fs, const std::string& directory,
                                  EventConditions conditions, ScanOptions options) {
  auto impl = std::make_unique<Impl>(fs, directory, std::move(conditions), std::move(options));
  OX_RETURN_IF_ERROR(impl->find_files());
  return EventScan(std::move(impl));
}

Result<bool> EventScan::next(std::string_view& event) { return impl_->next(event); }
const EventSlices& EventScan::slices() const { return impl_->slices(); }
const LogPlace& EventScan::place() const { return impl_->place(); }
ScanProgress EventScan::progress() const { return impl_->progress(); }
const std::vector<Status>& EventScan::problems() const { return impl_->problems(); }
std::uint64_t EventScan::unfinished() const { return impl_->unfinished(); }

}  // namespace ox
