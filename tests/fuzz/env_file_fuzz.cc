// Any text as a `.env` file.
#include "common/ingest/api/pbu/env_file.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_env_file {

OX_FUZZ_TARGET(env_file, std::string_view input) {
  EnvFile file = EnvFile::parse(input);
  for (const std::string& complaint : file.complaints())
    OX_CHECK(complaint.starts_with("line ") && complaint.find('\n') == std::string::npos);
  // What it reads is read again in single quotes, where that is possible.
  if (auto value = file.find("A"); value && value->find_first_of("'\n") == std::string::npos)
    OX_CHECK(EnvFile::parse("A='" + *value + "'").find("A") == value);
}

}  // namespace ox::fuzz_env_file
