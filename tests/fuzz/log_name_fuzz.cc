#include "proto/log_name.h"
#include "tests/fuzz/target.h"

namespace ox::fuzz_log_name {

OX_FUZZ_TARGET(log_name, std::string_view input) {
  if (auto parsed = parse_log_file_name(input)) OX_CHECK(parsed->length > WallTime(0));
  (void)decode_type(input);
  if (input.empty()) return;

  std::string name = encode_type(input);
  OX_CHECK(!name.empty() && name.size() <= 200 && name[0] != '.');
  for (char c : name) OX_CHECK(c != '/' && c != '\0' && c != '\n');
  if (name.find('~') == std::string::npos) OX_CHECK(decode_type(name) == input);

  std::string path = log_file_path(input, Seconds(1'500'000'000), 6);
  auto own = parse_log_file_name(std::string_view(path).substr(9));
  OX_CHECK(own.has_value() && own->start == period_start(Seconds(1'500'000'000), 6));
  OX_CHECK(own->type == decode_type(name));
}

}  // namespace ox::fuzz_log_name
