#include "common/http/http_router.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/status.h"

namespace ox {
namespace {

// True when `path` is `prefix` or lies under it.
bool under(std::string_view path, std::string_view prefix) {
  if (prefix.empty() || !path.starts_with(prefix)) return false;
  return prefix.back() == '/' || path.size() == prefix.size() || path[prefix.size()] == '/';
}

void add_method(std::vector<std::string_view>& methods, std::string_view name) {
  if (std::find(methods.begin(), methods.end(), name) == methods.end()) methods.push_back(name);
}

std::string allow_field(std::vector<std::string_view> methods) {
  auto get = std::find(methods.begin(), methods.end(), "GET");
  if (get != methods.end() && std::find(methods.begin(), methods.end(), "HEAD") == methods.end())
    methods.insert(get + 1, "HEAD");
  add_method(methods, "OPTIONS");
  return fmt::format("{}", fmt::join(methods, ", "));
}

// Mounts are asked in this order.
int rank_of(const HttpMountOptions& options) {
  if (options.last) return 2;
  return options.profile.empty() ? 1 : 0;
}

}  // namespace

HttpRouter::Mount::Mount(HttpMountOptions options) : options_(std::move(options)) {
  if (options_.error) error_ = std::make_shared<HttpErrorFormatter>(options_.error);
}

HttpRouter::Mount& HttpRouter::Mount::add(std::string_view methods, std::string_view pattern,
                                          HttpHandler handler, HttpRouteOptions options) {
  auto parsed = PathPattern::parse(pattern);
  OX_CHECK(parsed.ok());
  auto it = std::find_if(routes_.begin(), routes_.end(),
                         [&](auto& route) { return route->pattern.text() == pattern; });
  Route* route = it == routes_.end() ? nullptr : it->get();
  if (!route) {
    auto made = std::make_unique<Route>(Route{std::move(*parsed), {}});
    route = made.get();
    if (route->pattern.literal()) literal_.emplace(std::string(pattern), route);
    auto place = std::find_if(routes_.begin(), routes_.end(), [&](auto& other) {
      return route->pattern.goes_before(other->pattern);
    });
    routes_.insert(place, std::move(made));
  }
  for (std::string_view name : split_list(methods)) {
    OX_CHECK(is_token(name));
    for (const Method& method : route->methods) OX_CHECK(method.name != name);
    route->methods.push_back({std::string(name), handler, options});
  }
  return *this;
}

const HttpRouter::Mount::Method* HttpRouter::Mount::Route::find(std::string_view name) const {
  auto it = std::find_if(methods.begin(), methods.end(),
                         [&](const Method& method) { return method.name == name; });
  return it == methods.end() ? nullptr : &*it;
}

const HttpRouter::Mount::Route* HttpRouter::Mount::find(std::string_view raw_path,
                                                        PathPattern::Parameters& parameters) const {
  if (auto it = literal_.find(raw_path); it != literal_.end()) return it->second;
  // A literal path may also be written with escapes.
  bool escaped = raw_path.find('%') != std::string_view::npos;
  for (const auto& route : routes_) {
    if (route->pattern.literal() && !escaped) continue;
    if (route->pattern.matches(raw_path, parameters)) return route.get();
  }
  return nullptr;
}

const HttpRouter::Mount::Route* HttpRouter::Mount::with_pattern(std::string_view text) const {
  for (const auto& route : routes_)
    if (route->pattern.text() == text) return route.get();
  return nullptr;
}

HttpRouter::Mount& HttpRouter::mount(HttpMountOptions options) {
  const int rank = rank_of(options);
  std::unique_ptr<Mount> made(new Mount(std::move(options)));
  Mount& mount = *made;
  auto place = std::find_if(mounts_.begin(), mounts_.end(),
                            [&](auto& other) { return rank_of(other->options_) > rank; });
  mounts_.insert(place, std::move(made));
  return mount;
}

HttpHandler HttpRouter::handler() const {
  return [this](const HttpRequest& request, HttpReply reply) {
    return route(request, std::move(reply));
  };
}

const HttpRouter::Mount* HttpRouter::mount_for_404(const HttpRequest& request) const {
  const Mount* best = nullptr;
  for (const auto& mount : mounts_) {
    const HttpMountOptions& options = mount->options_;
    if (!options.profile.empty() && options.profile != request.profile()) continue;
    if (!under(request.path(), options.prefix)) continue;
    if (!best || options.prefix.size() > best->options_.prefix.size()) best = mount.get();
  }
  return best;
}

std::vector<std::pair<const HttpRouter::Mount*, const HttpRouter::Mount::Route*>>
HttpRouter::same_routes(const HttpRequest& request, const Mount* first,
                        const Mount::Route& route) const {
  std::vector<std::pair<const Mount*, const Mount::Route*>> out = {{first, &route}};
  for (const auto& mount : mounts_) {
    const std::string& profile = mount->options_.profile;
    if (mount.get() == first || (!profile.empty() && profile != request.profile())) continue;
    if (const Mount::Route* same = mount->with_pattern(route.pattern.text()))
      out.emplace_back(mount.get(), same);
  }
  return out;
}

void HttpRouter::refuse_method(
    const HttpRequest& request,
    const std::vector<std::pair<const Mount*, const Mount::Route*>>& routes, HttpReply& reply) {
  std::vector<std::string_view> methods;
  for (const auto& [mount, route] : routes)
    for (const Mount::Method& method : route->methods) add_method(methods, method.name);
  std::string allow = allow_field(std::move(methods));
  if (request.method() == "OPTIONS")
    reply.send(HttpResponse(204).header("Allow", allow));
  else
    reply.send_error({.status = 405,
                      .message = fmt::format("{} is not allowed here", request.method()),
                      .allow = allow});
}

std::unique_ptr<BodyReader> HttpRouter::route(const HttpRequest& request, HttpReply reply) const {
  if (request.target() == "*") {  // OPTIONS of the server as a whole; the parser let no other by
    reply.send(HttpResponse(204).header("Allow", "GET, HEAD, POST, PUT, DELETE, OPTIONS"));
    return nullptr;
  }
  PathPattern::Parameters parameters;
  for (const auto& mount : mounts_) {
    if (!mount->options_.profile.empty() && mount->options_.profile != request.profile()) continue;
    const Mount::Route* route = mount->find(request.raw_path(), parameters);
    if (!route) continue;
    const Mount* owner = mount.get();
    const Mount::Method* method = route->find(request.method());
    if (!method) {
      auto routes = same_routes(request, owner, *route);
      for (std::string_view name : {request.method(), std::string_view("GET")}) {
        if (name != request.method() && request.method() != "HEAD") break;
        for (auto& [other, same] : routes)
          if (!method && (method = same->find(name)) != nullptr) owner = other;
      }
      if (!method) {
        reply.set_error_formatter(owner->error_);
        refuse_method(request, routes, reply);
        return nullptr;
      }
    }
    reply.set_error_formatter(owner->error_);
    if (method->options.limits) reply.set_body_limits(*method->options.limits);
    for (const std::string& name : method->options.own_encodings) reply.accept_encoding(name);
    reply.set_parameters(std::move(parameters));
    return method->handler(request, std::move(reply));
  }
  if (const Mount* mount = mount_for_404(request)) reply.set_error_formatter(mount->error_);
  reply.send_error({.status = 404, .message = fmt::format("no such path: {}", request.path())});
  return nullptr;
}

}  // namespace ox
