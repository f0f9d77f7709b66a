// The kept inputs of a fuzz target as a test.
#pragma once
#include <doctest/doctest.h>

#include <filesystem>

#include "core/file.h"
#include "tests/core/fuzz.h"

namespace fuzzing {

template <class Read>
void feed_corpus(const std::string& format, const Read& read) {
  const std::filesystem::path folder = std::filesystem::path(BASIN_SOURCE_DIR) / "tests/fuzz/corpus" / format;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  REQUIRE(files.size() > 1);
  feed(read, basin::read_file(files[0].string()));  // what a reader makes once is no part of the limit
  const MemoryLimit limit;
  for (const auto& file : files) {
    INFO(file.string());
    CHECK_NOTHROW(feed(read, basin::read_file(file.string())));
  }
}

}  // namespace fuzzing
