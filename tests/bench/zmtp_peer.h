#pragma once
// A DEALER socket without libzmq: one TCP connection that speaks ZMTP 3.0 (rfc.zeromq.org/spec/23), mechanism
// NULL. A thousand of them cost one process little, where a thousand sockets of libzmq would cost it more than the
// node that is measured. Threading: one thread.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/address.h"
#include "common/base/status.h"
#include "common/base/unique_fd.h"

namespace ox {

class ZmtpPeer {
 public:
  // To an IPv4 address; returns when both ends are ready. Errors: kIo, kUnavailable.
  static Result<ZmtpPeer> connect(const Address& address);

  int fd() const { return fd_.get(); }
  // One message of these frames; waits until the system has taken it.
  Status send(const std::vector<std::string_view>& frames);
  // Takes what has come, and calls `message` with the frames of each whole message. Errors: kIo, the
  // connection's end too; kCorrupt.
  Status receive(const std::function<Status(const std::vector<std::string_view>&)>& message);

 private:
  Status send_all(std::string_view bytes);

  UniqueFd fd_;
  bool greeted_ = false;  // the other end's greeting is behind us
  bool ready_ = false;    // and its command READY
  std::string input_;     // not yet a whole message
  std::string output_;    // scratch
};

}  // namespace ox
