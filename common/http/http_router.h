#pragma once
// Which handler a request goes to, by listener profile, path and method.
//
// Routes are grouped in mounts, one for each API. A mount may be only for listeners of one profile,
// where it goes before the mounts that are everywhere (so that a profile may own "/") or, as the last
// one, behind them; and it says what its errors look like. The methods of a path may be in several
// mounts, whose patterns are the same text then. 404, 405 (with Allow) and OPTIONS (204 with Allow)
// are answered here. HEAD goes to GET's handler where it has none of its own.
//
// Threading: set up by one thread before the server starts; constant after that.
// Ownership: must outlive the server that uses its handler().
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/http/http_handler.h"
#include "common/http/path_pattern.h"

namespace ox {

struct HttpMountOptions {
  // Only on listeners with this profile; empty: on every one.
  std::string profile = {};
  // Under this path a 404 has this mount's shape: "/" or "/api/v1" (whole segments; the longest
  // counts). Empty: none.
  std::string prefix = {};
  // Empty: the server's default.
  HttpErrorFormatter error = {};
  // After all others: it has what none of them has, "/{rest...}" perhaps.
  bool last = false;
};

struct HttpRouteOptions {
  std::optional<HttpBodyLimits> limits = {};    // otherwise the server's
  std::vector<std::string> own_encodings = {};  // that the handler decodes itself
};

class HttpRouter {
 public:
  class Mount {
   public:
    // `methods` is one or several with commas: "POST", "GET, POST". `pattern` as in PathPattern. A
    // wrong or doubled pattern is a programmer's error, and checked.
    Mount& add(std::string_view methods, std::string_view pattern, HttpHandler handler,
               HttpRouteOptions options = {});

   private:
    friend class HttpRouter;
    struct Method {
      std::string name;
      HttpHandler handler;
      HttpRouteOptions options;
    };
    struct Route {
      PathPattern pattern;
      std::vector<Method> methods;

      const Method* find(std::string_view name) const;
    };

    explicit Mount(HttpMountOptions options);
    const Route* find(std::string_view raw_path, PathPattern::Parameters& parameters) const;
    const Route* with_pattern(std::string_view text) const;

    HttpMountOptions options_;
    std::shared_ptr<const HttpErrorFormatter> error_;     // nullptr: the server's
    std::vector<std::unique_ptr<Route>> routes_;          // with parameters: the first match counts
    std::map<std::string, Route*, std::less<>> literal_;  // by path
  };

  // The reference is good as long as the router.
  Mount& mount(HttpMountOptions options = {});

  // For HttpServer.
  HttpHandler handler() const;

 private:
  std::unique_ptr<BodyReader> route(const HttpRequest& request, HttpReply reply) const;
  // The same path's routes in all mounts that the request may go to, that of `first` ahead.
  std::vector<std::pair<const Mount*, const Mount::Route*>> same_routes(
      const HttpRequest& request, const Mount* first, const Mount::Route& route) const;
  static void refuse_method(const HttpRequest& request,
                            const std::vector<std::pair<const Mount*, const Mount::Route*>>& routes,
                            HttpReply& reply);
  const Mount* mount_for_404(const HttpRequest& request) const;

  std::vector<std::unique_ptr<Mount>> mounts_;
};

}  // namespace ox
