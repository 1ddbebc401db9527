#include "oxview/follow_view.h"

#include <utility>

#include <fmt/format.h>

#include "proto/tail.h"

namespace ox {
namespace {

constexpr std::uint64_t kFollowedBetweenSignalChecks = 4096;

EventConditions followed_conditions(const FileSelection& selection) {
  EventConditions conditions = selection.conditions;
  // Types that the conditions name are of the events themselves; the printer looks at them.
  if (conditions.types.empty() || !selection.pattern.prefix().empty() || selection.pattern.exact())
    conditions.types = {selection.pattern};
  return conditions;
}

}  // namespace

FollowView::FollowView(FileSystem& fs, const FileSelection& selection, Address control,
                       Output& output, Printer& printer, Signals& signals)
    : directory_(selection.directory),
      control_(std::move(control)),
      output_(output),
      printer_(printer),
      signals_(signals),
      follower_(fs, selection.directory, followed_conditions(selection),
                {.first = selection.first,
                 .types_by_file_name = true,
                 .go_on = [this] { return output_.check_signals(); },
                 .problem =
                     [this](const Status& status) {
                       log_error("{}", status.message());
                       good_ = false;
                     }}),
      each_([this](std::string_view event, const LogPlace& place) { return show(event, place); }),
      feed_(loop_, control_, selection.pattern.prefix(),
            {.event =
                 [this](const std::vector<zmq::message_t>& frames) {
                   take(frames);
                   return output_.open();
                 },
             .idle =
                 [this] {
                   if (output_.open()) output_.flush();
                   stop_unless_open();
                 },
             .refused =
                 [this](const Status& status) {
                   log_warning("{}: following the files alone", status.message());
                 }}) {}

Status FollowView::run() {
  // All that is there; what comes meanwhile is in the files as well.
  OX_RETURN_IF_ERROR(follower_.look(LogFollower::Look::kAll, each_).status());
  if (!output_.open() || !output_.flush()) return ok_status();
  loop_.watch_fd(signals_.fd(), kReadable, [this] {
    output_.check_signals();
    stop_unless_open();
  });
  feed_.start();
  // Beside the looks, which may be rare.
  loop_.call_every(LiveFeed::kBeat, [this] { feed_.check(); });
  look();
  if (output_.open()) loop_.run();
  feed_.stop();
  return ok_status();
}

void FollowView::look() {
  const MonoTime began = Clock::system().mono();
  const std::uint64_t shown_before = shown_;
  const auto how = feed_.connected() && feed_.tail() && !follower_.foreign()
                       ? LogFollower::Look::kPatient
                       : LogFollower::Look::kAll;
  auto looked = follower_.look(how, each_);
  if (!looked.ok()) limiter_.warn("look", looked.status().message() + "; trying on");
  if (follower_.foreign() && !std::exchange(told_foreign_, true))
    log_warning("the oxd at {} does not write the files in {}: following the files alone",
                control_.to_string(), directory_);
  if (output_.open()) output_.flush();
  stop_unless_open();
  const auto took = std::chrono::duration_cast<Micros>(Clock::system().mono() - began);
  loop_.call_after(pace_.wait_after(took, shown_ != shown_before), [this] { look(); });
}

void FollowView::take(const std::vector<zmq::message_t>& frames) {
  // The stream of an old oxd does not tell where its events lie: the next look finds them.
  if (frames.size() != 3 || follower_.foreign()) return;
  auto position = decode_tail_position(view(frames[2]));
  if (position.ok())
    follower_.take(*position, view(frames[1]), each_);
  else
    limiter_.warn("position", position.status().message());
}

bool FollowView::show(std::string_view event, const LogPlace& place) {
  if (Status status = printer_.print(event); !status.ok()) {
    log_error("{}: offset {}: {}", place.path, place.offset, status.message());
    good_ = false;
  }
  if (++shown_ % kFollowedBetweenSignalChecks == 0) output_.check_signals();
  return output_.open();
}

void FollowView::stop_unless_open() {
  if (!output_.open()) loop_.stop();
}

}  // namespace ox
