// Seeds that are new at every run, for tests of properties that hold for every network. BASIN_SEED repeats a run.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>

#include "core/rng.h"

inline std::uint64_t fresh_seed() {
  static const std::uint64_t seed = [] {
    if (const char* given = std::getenv("BASIN_SEED")) return std::uint64_t(std::strtoull(given, nullptr, 10));
    return std::uint64_t(std::random_device{}());
  }();
  return seed;
}

// How to see a failure again; file is that of the test.
inline std::string how_to_repeat(const char* file = __builtin_FILE()) {
  return "to repeat: BASIN_SEED=" + std::to_string(fresh_seed()) + " test_experiments --source-file='*" +
         std::filesystem::path(file).filename().string() + "'";
}

inline std::int64_t between(basin::Rng& rng, std::int64_t low, std::int64_t high) {  // both included
  return low + std::int64_t(rng.below(std::uint64_t(high - low + 1)));
}
