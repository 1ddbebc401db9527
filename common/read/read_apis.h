#pragma once
// Which HTTP APIs read.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/auth/auth_policy.h"
#include "common/http/http_router.h"
#include "common/read/read_context.h"

namespace ox {

struct ReadApi {
  std::string_view word;  // what --types calls it
  Api access;
  void (*mount)(HttpRouter& router, ReadContext& context);
};

std::span<const ReadApi> read_apis();

bool is_read_api(std::string_view word);
std::string read_api_words();  // for people: "chronologer, logger, ..."
// What authentication knows them as.
std::vector<Api> read_api_accesses();

}  // namespace ox
