#include "common/ingest/file_spec.h"

#include <boost/filesystem/operations.hpp>
#include <boost/filesystem/path.hpp>
#include <fmt/format.h>

#include "common/base/file_system.h"

namespace ox {

Result<FileSpec> FileSpec::parse(std::string_view text) {
  FileSpec spec;
  auto colon = text.find(':');
  bool typed =
      colon != std::string_view::npos && text.substr(0, colon).find('/') == std::string_view::npos;
  spec.path = typed ? text.substr(colon + 1) : text;
  if (typed && colon == 0)
    return Status(Code::kInvalid, fmt::format("{}: there is no type before the ':'", text));
  if (spec.path.empty()) return Status(Code::kInvalid, fmt::format("'{}' names no file", text));
  if (spec.path.back() == '/')
    return Status(Code::kInvalid, fmt::format("{} is a directory, not a file", text));
  if (typed) {
    spec.type = text.substr(0, colon);
  } else {
    std::string name = base_name(spec.path);
    spec.type = "oxingest." + name.substr(0, name.find('.'));
  }
  return spec;
}

std::string absolute_path(const std::string& path) {
  boost::system::error_code error;
  boost::filesystem::path here = boost::filesystem::current_path(error);
  return boost::filesystem::absolute(path, here).lexically_normal().string();
}

}  // namespace ox
