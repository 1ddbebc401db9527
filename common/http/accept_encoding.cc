#include "common/http/accept_encoding.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>

namespace ox {
namespace {

// Thousandths: "0.5" is 500. Nothing for what is no weight.
std::optional<int> parse_weight(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  int out = (text[0] - '0') * 1000;
  text.remove_prefix(1);
  if (text.empty()) return out;
  if (text[0] != '.' || text.size() > 4) return std::nullopt;
  int unit = 100;
  for (char c : text.substr(1)) {
    if (c < '0' || c > '9') return std::nullopt;
    out += (c - '0') * unit;
    unit /= 10;
  }
  return out <= 1000 ? std::optional(out) : std::nullopt;
}

struct WeightedCoding {
  std::string_view name;
  int weight = 1000;
};

std::optional<WeightedCoding> parse_coding(std::string_view element) {
  const std::size_t mark = std::min(element.find(';'), element.size());
  WeightedCoding out{trim_ows(element.substr(0, mark))};
  if (!is_token(out.name)) return std::nullopt;
  if (mark == element.size()) return out;
  std::string_view parameter = trim_ows(element.substr(mark + 1));
  if (parameter.size() < 2 || (parameter[0] != 'q' && parameter[0] != 'Q') || parameter[1] != '=')
    return std::nullopt;
  auto weight = parse_weight(parameter.substr(2));
  if (!weight) return std::nullopt;
  out.weight = *weight;
  return out;
}

}  // namespace

ResponseEncoding choose_encoding(const HttpFields& headers) {
  std::optional<int> gzip;
  std::optional<int> any;
  std::optional<int> identity;
  for (std::string_view value : headers.all("Accept-Encoding")) {
    for (std::string_view element : split_list(value)) {
      auto coding = parse_coding(element);
      if (!coding) continue;
      if (equals_ignoring_case(coding->name, "gzip") ||
          equals_ignoring_case(coding->name, "x-gzip"))
        gzip = coding->weight;
      else if (equals_ignoring_case(coding->name, "identity"))
        identity = coding->weight;
      else if (coding->name == "*")
        any = coding->weight;
    }
  }
  const int wanted = gzip.value_or(any.value_or(0));
  if (wanted == 0) return ResponseEncoding::kIdentity;
  if (identity && *identity > 0 && *identity >= wanted) return ResponseEncoding::kIdentity;
  return ResponseEncoding::kGzip;
}

std::string_view encoding_name(ResponseEncoding encoding) {
  return encoding == ResponseEncoding::kGzip ? "gzip" : "";
}

}  // namespace ox
