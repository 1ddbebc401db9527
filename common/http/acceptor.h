#pragma once
// Internal to common/http (includes Asio). One listening address: accepts, and spreads the
// connections over the I/O threads.
// Threading: set up by one thread; then everything on the I/O thread of the first loop.
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/base/log.h"
#include "common/base/unique_fd.h"
#include "common/http/http_server_options.h"
#include "common/http/io_loop.h"
#include "common/http/tls_context.h"

namespace ox {

class Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  // Binds and listens. Errors: kInvalid (the address), kExists (in use), kIo.
  static Result<std::shared_ptr<Acceptor>> open(const HttpListenerOptions& options,
                                                std::shared_ptr<const TlsContext> tls,
                                                std::vector<std::unique_ptr<IoLoop>>& loops);

  const Address& bound_address() const { return bound_; }

  void start();
  // There may be room for connections again.
  void go_on();
  // Takes what the system has accepted already, then closes.
  void stop();

 private:
  Acceptor(UniqueFd fd, Address bound, const HttpListenerOptions& options,
           std::shared_ptr<const TlsContext> tls, std::vector<std::unique_ptr<IoLoop>>& loops);

  void wait();
  // False when accepting has to wait for something else than a new connection.
  bool accept_some();
  void adopt(UniqueFd fd, std::shared_ptr<const HttpPeer> peer);
  void pause(int error);

  std::vector<std::unique_ptr<IoLoop>>& loops_;
  ServerState& state_;
  Address bound_;
  std::string profile_;
  std::shared_ptr<const TlsContext> tls_;
  IoLoop::Descriptor descriptor_;
  boost::asio::steady_timer retry_;
  LogLimiter limiter_;
  std::size_t next_ = 0;  // the loop that gets the next connection
  bool waiting_ = false;
  bool full_ = false;
};

}  // namespace ox
