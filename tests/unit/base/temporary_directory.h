#pragma once
// A fresh directory for one test, removed with everything in it.
#include <string>

#include <boost/filesystem.hpp>
#include <doctest/doctest.h>
#include <stdlib.h>

namespace ox {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (boost::filesystem::temp_directory_path() / "ox-unit-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~TemporaryDirectory() {
    boost::system::error_code ignored;
    boost::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace ox
