#include "common/base/status.h"

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace ox {

std::string_view code_name(Code code) {
  switch (code) {
    case Code::kOk:
      return "ok";
    case Code::kInvalid:
      return "invalid";
    case Code::kNotFound:
      return "not found";
    case Code::kExists:
      return "exists";
    case Code::kIo:
      return "io";
    case Code::kNoSpace:
      return "no space";
    case Code::kCorrupt:
      return "corrupt";
    case Code::kTooLarge:
      return "too large";
    case Code::kUnavailable:
      return "unavailable";
    case Code::kUnsupported:
      return "unsupported";
  }
  return "unknown";
}

Status Status::at(std::string_view where) const {
  if (ok()) return *this;
  return Status(code_, std::string(where) + ": " + message_);
}

Status errno_status(int err, std::string_view what) {
  Code code = Code::kIo;
  if (err == ENOSPC || err == EDQUOT) code = Code::kNoSpace;
  if (err == ENOENT || err == ENOTDIR) code = Code::kNotFound;
  if (err == EEXIST) code = Code::kExists;
  return Status(code, std::string(what) + ": " + std::generic_category().message(err));
}

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "oxd: broken invariant: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace ox
