// Runs of programs that train: cut short, and compared.
#pragma once
#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "tests/experiments/process.h"

// The end of a program that is interrupted as soon as the file holds anything, or after 20 seconds.
inline Result interrupted_after(Process& process, const std::string& file) {
  namespace fs = std::filesystem;
  for (int i = 0; i < 4000 && (!fs::exists(file) || fs::file_size(file) == 0); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  process.signal(SIGINT);
  return process.wait();
}

// The run b has every file below a/networks, more than `least` of them, with the same bytes.
inline void check_same_networks(const std::string& a, const std::string& b, std::int64_t least) {
  namespace fs = std::filesystem;
  std::int64_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(a + "/networks")) {
    if (!entry.is_regular_file()) continue;
    const std::string name = fs::relative(entry.path(), a);
    INFO(name);
    REQUIRE(fs::exists(b + "/" + name));
    CHECK(basin::read_file(entry.path()) == basin::read_file(b + "/" + name));
    ++files;
  }
  CHECK(files > least);
}
