#include "common/base/status.h"

#include <cerrno>
#include <memory>

#include <doctest/doctest.h>

namespace ox {

static Result<int> half(int n) {
  if (n % 2 != 0) return Status(Code::kInvalid, "odd");
  return n / 2;
}

static Result<int> quarter(int n) {
  OX_ASSIGN_OR_RETURN(int first, half(n));
  OX_ASSIGN_OR_RETURN(int second, half(first));
  return second;
}

static Status check_quarter(int n) {
  OX_RETURN_IF_ERROR(quarter(n).status());
  return ok_status();
}

TEST_CASE("an error passes up unchanged, and a value passes through") {
  CHECK(*quarter(8) == 2);
  CHECK(quarter(6).status().message() == "odd");
  CHECK(check_quarter(8).ok());
  CHECK(check_quarter(3).code() == Code::kInvalid);
}

TEST_CASE("a status gains its place, and ok stays ok") {
  CHECK(Status(Code::kCorrupt, "bad CRC").at("a.log").message() == "a.log: bad CRC");
  CHECK(Status(Code::kCorrupt, "bad CRC").at("a.log").code() == Code::kCorrupt);
  CHECK(ok_status().at("a.log").ok());
  CHECK(ok_status().at("a.log").message().empty());
}

TEST_CASE("system errors keep what a caller may act on") {
  CHECK(errno_status(ENOSPC, "x").code() == Code::kNoSpace);
  CHECK(errno_status(EDQUOT, "x").code() == Code::kNoSpace);
  CHECK(errno_status(ENOENT, "x").code() == Code::kNotFound);
  CHECK(errno_status(EEXIST, "x").code() == Code::kExists);
  CHECK(errno_status(EACCES, "cannot open /x").code() == Code::kIo);
  CHECK(errno_status(EACCES, "cannot open /x").message() == "cannot open /x: Permission denied");
}

TEST_CASE("a result moves what cannot be copied") {
  auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(5); };
  auto take = [&make]() -> Result<int> {
    OX_ASSIGN_OR_RETURN(auto owned, make());
    return *owned;
  };
  CHECK(*take() == 5);
}

}  // namespace ox
