#pragma once
// Where the events go that are selected: one by one onto standard output, in groups, or into a
// summary of them.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/store/count_slot.h"
#include "oxview/format/event_format.h"
#include "oxview/grouper.h"
#include "oxview/output.h"

namespace ox {

// Threading: one thread.
class PrintSink {
 public:
  virtual ~PrintSink() = default;

  // Error: the bytes are not one MessagePack value (kCorrupt, kTooLarge); nothing was done then.
  virtual Status take(std::string_view event) = 0;
  // What is taken next is no neighbour of what was taken last.
  virtual void separate() {}
  // Whether what an index knows of events does in their place; then take_count() is called for them.
  virtual bool takes_counts() const { return false; }
  virtual void take_count(const SlotCount&) {}
  // What stands below all events. Call it once, at the end.
  virtual void append_summary(std::string&) {}
  // Says on the log what was held back for ever. Call it once, at the end.
  virtual void report() const {}
};

// Each event as it comes.
class EventWriter : public PrintSink {
 public:
  EventWriter(Output& output, std::unique_ptr<EventFormat> format);
  Status take(std::string_view event) override;
  void separate() override;

 private:
  Output& output_;
  const std::unique_ptr<EventFormat> format_;
};

// None of them, but how many there are.
class EventCounter : public PrintSink {
 public:
  // limit: no more are said to be there.
  explicit EventCounter(std::optional<std::uint64_t> limit) : limit_(limit) {}
  Status take(std::string_view event) override;
  bool takes_counts() const override { return true; }
  void take_count(const SlotCount& count) override { events_ += count.events; }
  void append_summary(std::string& out) override;

 private:
  const std::optional<std::uint64_t> limit_;
  std::uint64_t events_ = 0;
};

// Events of the same id together, once their root event has come.
class GroupWriter : public PrintSink {
 public:
  GroupWriter(Output& output, std::unique_ptr<EventFormat> format, GroupRoots roots);
  Status take(std::string_view event) override;
  void report() const override;

 private:
  Output& output_;
  const std::unique_ptr<EventFormat> format_;
  Grouper grouper_;
};

}  // namespace ox
