// What the machine and the libraries below oxd can do, for the figures of the benchmarks to be read
// beside: messages through libzmq alone, blocks into a file, copies in memory. Each subcommand prints a
// line of JSON with the seconds and the CPU seconds of this process.
#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zmq.hpp>

#include "common/base/cli11.h"
#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/options.h"
#include "common/base/socket.h"
#include "proto/batch.h"
#include "proto/link.h"
#include "tests/bench/process_cpu.h"

namespace ox {
namespace {

constexpr std::size_t kBlock = 256 << 10;  // as the log files and the batches have it

struct BaselineOptions {
  std::string endpoint;
  std::string file;
  std::uint64_t messages = 1'000'000;
  std::uint64_t bytes = 1 << 30;
  std::size_t frame_bytes = kBlock;
};

class Stopwatch {
 public:
  std::string json() const {
    return fmt::format("\"seconds\": {:.6f}, \"cpu_seconds\": {:.6f}",
                       to_seconds(Clock::system().mono() - begin_), process_cpu_seconds() - cpu_);
  }

 private:
  MonoTime begin_ = Clock::system().mono();
  double cpu_ = process_cpu_seconds();
};

// A file that takes what is appended in blocks.
class Appender {
 public:
  static Result<Appender> open(const std::string& path) {
    Appender made;
    if (path.empty()) return made;
    OX_ASSIGN_OR_RETURN(made.file_, FileSystem::real().open(path, FileSystem::Open::kOpenOrCreate));
    OX_RETURN_IF_ERROR(made.file_->truncate(0));
    return made;
  }
  Status append(std::string_view bytes) {
    if (!file_) return ok_status();
    buffer_.append(bytes);
    return buffer_.size() < kBlock ? ok_status() : flush();
  }
  Status flush() {
    if (!file_) return ok_status();
    OX_RETURN_IF_ERROR(write_all(*file_, buffer_, written_));
    written_ += buffer_.size();
    buffer_.clear();
    return ok_status();
  }
  Status sync() { return file_->sync_data(); }

 private:
  std::unique_ptr<File> file_;
  std::string buffer_;
  std::uint64_t written_ = 0;
};

// Takes messages of any frames, and appends the last frame of each.
Status pull(const BaselineOptions& options) {
  OX_ASSIGN_OR_RETURN(Appender appender, Appender::open(options.file));
  zmq::context_t context;
  Socket socket(context, zmq::socket_type::pull);
  OX_RETURN_IF_ERROR(socket.bind("tcp://127.0.0.1:*"));
  fmt::print("{}\n", socket.last_endpoint());
  std::fflush(stdout);
  std::optional<Stopwatch> watch;
  std::uint64_t bytes = 0;
  zmq_msg_t frame;
  ::zmq_msg_init(&frame);
  for (std::uint64_t n = 0; n < options.messages;) {
    if (::zmq_msg_recv(&frame, socket.handle(), 0) < 0) {
      if (::zmq_errno() == EINTR) continue;
      return Status(Code::kIo, ::zmq_strerror(::zmq_errno()));
    }
    if (!watch) watch.emplace();
    if (::zmq_msg_more(&frame) != 0) continue;
    ++n;
    const std::string_view body(static_cast<const char*>(::zmq_msg_data(&frame)),
                                ::zmq_msg_size(&frame));
    bytes += body.size();
    OX_RETURN_IF_ERROR(appender.append(body));
  }
  OX_RETURN_IF_ERROR(appender.flush());
  fmt::print("{{{}, \"bytes\": {}}}\n", watch ? watch->json() : Stopwatch().json(), bytes);
  ::zmq_msg_close(&frame);
  return ok_status();
}

Status push(const BaselineOptions& options) {
  const std::string frame(options.frame_bytes, 'x');
  const Stopwatch watch;
  {
    zmq::context_t context;
    SocketOptions socket_options;
    socket_options.linger = Seconds(60);
    Socket socket(context, zmq::socket_type::push, socket_options);
    OX_RETURN_IF_ERROR(socket.connect(options.endpoint));
    for (std::uint64_t n = 0; n < options.messages; ++n)
      socket.raw().send(
          zmq::message_t(const_cast<char*>(frame.data()), frame.size(), [](void*, void*) {}),
          zmq::send_flags::none);
  }
  fmt::print("{{{}}}\n", watch.json());
  return ok_status();
}

Status write_blocks(const BaselineOptions& options) {
  OX_ASSIGN_OR_RETURN(Appender appender, Appender::open(options.file));
  const std::string block(kBlock, 'x');
  const Stopwatch watch;
  for (std::uint64_t written = 0; written < options.bytes; written += block.size())
    OX_RETURN_IF_ERROR(appender.append(block));
  fmt::print("{{{}}}\n", watch.json());
  return ok_status();
}

Status sync_often(const BaselineOptions& options) {
  constexpr std::size_t kBetween = 1 << 20;
  OX_ASSIGN_OR_RETURN(Appender appender, Appender::open(options.file));
  const std::string block(kBetween, 'x');
  std::vector<double> taken;
  const Stopwatch watch;
  for (std::uint64_t written = 0; written < options.bytes; written += block.size()) {
    OX_RETURN_IF_ERROR(appender.append(block));
    const MonoTime begin = Clock::system().mono();
    OX_RETURN_IF_ERROR(appender.sync());
    taken.push_back(to_seconds(Clock::system().mono() - begin));
  }
  std::sort(taken.begin(), taken.end());
  fmt::print("{{{}, \"p50_seconds\": {:.6f}, \"p99_seconds\": {:.6f}}}\n", watch.json(),
             taken[taken.size() / 2], taken[taken.size() * 99 / 100]);
  return ok_status();
}

// Between buffers that no cache holds.
Status copy_memory(const BaselineOptions& options) {
  constexpr std::size_t kBuffer = 64 << 20;
  const std::string from(kBuffer, 'x');
  std::string to(kBuffer, 'y');
  const Stopwatch watch;
  for (std::uint64_t copied = 0; copied < options.bytes; copied += kBlock) {
    const std::size_t at = copied % kBuffer;
    std::memcpy(to.data() + at, from.data() + at, kBlock);
  }
  fmt::print("{{{}, \"last\": {}}}\n", watch.json(), static_cast<int>(to.back()));
  return ok_status();
}

// A libzmq context with one socket, that does nothing: until standard input ends.
Status idle() {
  zmq::context_t context;
  Socket socket(context, zmq::socket_type::pull);
  OX_RETURN_IF_ERROR(socket.bind("tcp://127.0.0.1:*"));
  fmt::print("{}\n", socket.last_endpoint());
  std::fflush(stdout);
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  return ok_status();
}

// What the clients of a link cost libzmq alone: a ROUTER that welcomes and acknowledges them at once, and keeps nothing.
// Until it is killed.
Status answer() {
  zmq::context_t context;
  SocketOptions options;
  options.router_mandatory = true;
  Socket socket(context, zmq::socket_type::router, options);
  OX_RETURN_IF_ERROR(socket.bind("tcp://127.0.0.1:*"));
  fmt::print("{}\n", socket.last_endpoint());
  std::fflush(stdout);
  const Uuid id = Uuid::random();
  Welcome welcome{kLinkVersion, id, id, "baseline", 8 << 20, 1, AckMeaning::kNone, {}};
  std::vector<zmq::message_t> frames;
  while (true) {
    zmq::pollitem_t item{socket.handle(), 0, ZMQ_POLLIN, 0};
    zmq::poll(&item, 1, std::chrono::milliseconds(-1));
    while (socket.receive(frames)) {
      OX_ASSIGN_OR_RETURN(const LinkHeader header, decode_link_header(view(frames.at(1))));
      std::string body;
      if (header.command == LinkCommand::kHello) {
        body = encode_welcome(welcome);
      } else {
        BatchHeader batch;
        if (frames.size() < 3 || decode_batch_header(view(frames[2]), batch) != BatchError::kNone)
          return Status(Code::kCorrupt, "what a client sends is no batch");
        body = encode_ack({welcome.window, {{batch.id.run, batch.id.seq, batch.id.seq}}});
      }
      const auto command =
          header.command == LinkCommand::kHello ? LinkCommand::kWelcome : LinkCommand::kAck;
      const std::string reply = encode_link_header({command, header.session, 0});
      if (socket.send_copy({view(frames[0]), reply, body}) != SendResult::kSent)
        return Status(Code::kIo, "a client does not take its answer");
    }
  }
}

int baseline(int argc, char** argv) {
  BaselineOptions options;
  CommandLine line("bench_baseline", "Measures the machine, and libzmq alone.");
  CLI::App& app = line.app();
  app.require_subcommand(1);
  CLI::App* pull_command = app.add_subcommand("pull", "Takes messages; prints its address first");
  pull_command->add_option("--messages", options.messages, "How many");
  pull_command->add_option("--append", options.file, "A file for their last frames");
  CLI::App* push_command = app.add_subcommand("push", "Sends messages of one frame");
  push_command->add_option("endpoint", options.endpoint, "Where to")->required();
  push_command->add_option("--messages", options.messages, "How many");
  push_command->add_option("--frame-bytes", options.frame_bytes, "Bytes of each");
  CLI::App* write_command = app.add_subcommand("write", "Writes blocks of 256 KiB");
  CLI::App* sync_command = app.add_subcommand("fdatasync", "Writes and syncs 1 MiB at a time");
  for (CLI::App* command : {write_command, sync_command})
    command->add_option("file", options.file, "Where to")->required();
  CLI::App* copy_command = app.add_subcommand("memcpy", "Copies blocks of 256 KiB in memory");
  for (CLI::App* command : {write_command, sync_command, copy_command})
    command->add_option("--bytes", options.bytes, "How many")->check(CLI::PositiveNumber);
  const CLI::App* answer_command =
      app.add_subcommand("answer", "Acknowledges what comes over a link, and keeps nothing");
  app.add_subcommand("idle", "Holds a socket, and does nothing");
  if (auto code = line.parse(argc, argv)) return *code;
  const Status status = *pull_command     ? pull(options)
                        : *push_command   ? push(options)
                        : *write_command  ? write_blocks(options)
                        : *sync_command   ? sync_often(options)
                        : *copy_command   ? copy_memory(options)
                        : *answer_command ? answer()
                                          : idle();
  if (status.ok()) return kExitOk;
  line.complain(status.message());
  return kExitFailed;
}

}  // namespace
}  // namespace ox

int main(int argc, char** argv) { return ox::baseline(argc, argv); }
