// Seeds as an option has them: "0..15" is 0 to 15, both included; "0,3,7"; or both, "0..3,8".
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace basin::experiments {

inline constexpr std::int64_t most_seeds = 10000;

// In the order given. UsageError, naming the option and the part, for what is no seed or range, for a range that falls,
// for a seed that is there twice, and for more than most_seeds.
std::vector<std::uint64_t> seed_list(const std::string& option, const std::string& text);

}  // namespace basin::experiments
