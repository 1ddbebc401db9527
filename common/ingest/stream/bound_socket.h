#pragma once
// Internal to common/ingest/stream. Sockets that others connect or send to.
#include <string>

#include "common/base/address.h"
#include "common/base/status.h"
#include "common/base/unique_fd.h"

namespace ox {

// Where it is bound; a unix socket's file goes with it.
class BoundSocket {
 public:
  enum class Kind { kStream, kDatagram };
  // Non-blocking; kStream listens. Of a name's addresses the first counts; "*" is both families, or
  // IPv4 where there is no IPv6. A unix socket is open to every user of the machine, as /dev/log
  // is; its directory may say otherwise. Errors: kExists (in use), kInvalid (no such host), kIo.
  static Result<BoundSocket> open(const Address& address, Kind kind);
  BoundSocket(BoundSocket&&) = default;
  BoundSocket& operator=(BoundSocket&&) = delete;
  ~BoundSocket() { close(); }

  int fd() const { return fd_.get(); }
  bool open() const { return fd_.valid(); }
  const Address& address() const { return address_; }
  bool local() const { return address_.kind == Address::Kind::kIpc; }
  void close();

 private:
  BoundSocket(UniqueFd fd, Address address) : fd_(std::move(fd)), address_(std::move(address)) {}
  static Result<BoundSocket> open_unix(const Address& address, int type);
  static Result<BoundSocket> open_ip(const Address& address, int type);

  UniqueFd fd_;
  Address address_;
};

}  // namespace ox
