#pragma once
// Which HTTP APIs take events.
#include <span>
#include <string>
#include <string_view>

#include "common/http/auth/auth_policy.h"
#include "common/http/http_router.h"
#include "common/ingest/api/api_context.h"

namespace ox {

struct HttpApi {
  std::string_view word;  // what --type calls it
  Api access;
  void (*mount)(HttpRouter& router, ApiContext& context);
};

std::span<const HttpApi> http_apis();

bool is_http_api(std::string_view word);
std::string http_api_words();  // for people: "chronologer, python, ..."

}  // namespace ox
