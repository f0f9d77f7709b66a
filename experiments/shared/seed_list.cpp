#include "experiments/shared/seed_list.h"

#include <fmt/format.h>

#include <charconv>
#include <set>
#include <sstream>

#include "core/error.h"

namespace basin::experiments {
namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& part, const std::string& why) {
  throw UsageError(
      fmt::format("--{}: '{}' {}; wanted seeds and ranges of seeds, such as 0..15 or 0,3,7", option, part, why));
}

std::int64_t seed_of(const std::string& option, const std::string& part, std::string_view digits) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size() || value < 0 || value >= std::int64_t(1) << 53)
    refuse(option, part, "is no seed from 0 on");
  return value;
}

}  // namespace

std::vector<std::uint64_t> seed_list(const std::string& option, const std::string& text) {
  std::vector<std::uint64_t> seeds;
  std::set<std::uint64_t> known;
  std::istringstream parts(text + ",");
  for (std::string part; std::getline(parts, part, ',');) {
    const std::size_t dots = part.find("..");
    const std::int64_t first = seed_of(option, part, std::string_view(part).substr(0, dots));
    const std::int64_t last =
        dots == std::string::npos ? first : seed_of(option, part, std::string_view(part).substr(dots + 2));
    if (last < first) refuse(option, part, "falls: its last seed is below its first");
    if (last - first >= most_seeds - std::ssize(seeds))
      refuse(option, part, fmt::format("makes more than {} seeds", most_seeds));
    for (std::int64_t seed = first; seed <= last; ++seed) {
      if (!known.insert(std::uint64_t(seed)).second) refuse(option, part, fmt::format("has seed {} again", seed));
      seeds.push_back(std::uint64_t(seed));
    }
  }
  return seeds;
}

}  // namespace basin::experiments
