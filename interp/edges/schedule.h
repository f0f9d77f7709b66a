// How many features or edges to keep at each point of an ablation curve, and the search for the fewest that do.
#pragma once
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace basin::interp {

// Of n: numbers kept, from all to none, each once.
struct Schedule {
  enum class Kind { linear, exponential, points } kind = Kind::exponential;
  std::int64_t points = 21;  // linear: so many, equally spaced
  double base = 2;           // exponential: every count up to `every`, then steps of 1, base, base^2, …, rounded up
  std::int64_t every = 10;
  std::vector<std::int64_t> kept{};  // points: these, with 0 and n

  std::vector<std::int64_t> of(std::int64_t n) const;  // UsageError for settings without sense
};
// linear:21, exponential:1.05:10, points:0,5,10; UsageError
Schedule schedule_from(std::string_view text);

struct Bisection {
  std::int64_t required = 0;  // so many hold and one fewer does not; where the curve is not monotone, one such place
  double score = 0;           // with them
  std::vector<std::pair<std::int64_t, double>> tried{};  // kept, score
};

// Halves the range [0, n] of numbers kept until it is one wide, beginning with n, which is taken to hold with `base`.
// `holds` judges the score that `score` finds for a number kept.
Bisection fewest(std::int64_t n, double base, const std::function<double(std::int64_t kept)>& score,
                 const std::function<bool(double)>& holds);

}  // namespace basin::interp
