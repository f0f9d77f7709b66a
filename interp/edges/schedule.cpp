#include "interp/edges/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/error.h"

namespace basin::interp {
namespace {

std::vector<std::int64_t> exponential(std::int64_t n, double base, std::int64_t every) {
  std::vector<std::int64_t> kept;
  for (std::int64_t k = 0; k <= std::min(n, every); ++k) kept.push_back(k);
  for (double step = 1; kept.back() < n; step = std::min(step * base, double(n)))
    kept.push_back(kept.back() + std::int64_t(std::ceil(step)));
  kept.back() = n;
  return kept;
}

std::vector<std::int64_t> linear(std::int64_t n, std::int64_t points) {
  const std::int64_t steps = std::clamp<std::int64_t>(n, 1, points - 1);  // more would repeat numbers
  std::vector<std::int64_t> kept;
  for (std::int64_t i = 0; i <= steps; ++i) kept.push_back(n / steps * i + n % steps * i / steps);  // n i / steps
  return kept;
}

// A whole word as a number.
template <class Number>
bool read(std::string_view word, Number& number) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  return error == std::errc() && end == word.data() + word.size();
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at <= text.size(); at += words.back().size() + 1)
    words.push_back(text.substr(at, text.find(separator, at) - at));
  return words;
}

}  // namespace

std::vector<std::int64_t> Schedule::of(std::int64_t n) const {
  std::vector<std::int64_t> all;
  switch (kind) {
    case Kind::linear:
      if (points < 2) throw UsageError(fmt::format("schedule: {} points given, wanted 2 or more", points));
      all = linear(n, points);
      break;
    case Kind::exponential:
      if (!(base > 1) || every < 0)  // NaN too
        throw UsageError(fmt::format("schedule: base {} and {} given, wanted above 1 and 0 or more", base, every));
      all = exponential(n, base, every);
      break;
    case Kind::points:
      for (const std::int64_t k : kept)
        if (k < 0) throw UsageError(fmt::format("schedule: to keep {} was asked, wanted 0 or more", k));
      std::ranges::copy_if(kept, std::back_inserter(all), [n](std::int64_t k) { return k <= n; });
  }
  all.push_back(0);
  all.push_back(n);
  std::ranges::sort(all, std::greater<>());
  all.erase(std::ranges::unique(all).begin(), all.end());
  return all;
}

Schedule schedule_from(std::string_view text) {
  const std::vector<std::string_view> words = split(text, ':');
  Schedule s;
  bool good = false;
  if (words[0] == "linear" && words.size() == 2) {
    s.kind = Schedule::Kind::linear;
    good = read(words[1], s.points);
  } else if (words[0] == "exponential" && words.size() == 3) {
    s.kind = Schedule::Kind::exponential;
    good = read(words[1], s.base) && read(words[2], s.every);
  } else if (words[0] == "points" && words.size() == 2) {
    s.kind = Schedule::Kind::points;
    good = std::ranges::all_of(split(words[1], ','),
                               [&](std::string_view word) { return read(word, s.kept.emplace_back()); });
  }
  if (!good)
    throw UsageError(fmt::format("schedule: '{}' given, wanted linear:N, exponential:BASE:N or points:K,K,…", text));
  s.of(100);
  return s;
}

Bisection fewest(std::int64_t n, double base, const std::function<double(std::int64_t)>& score,
                 const std::function<bool(double)>& holds) {
  Bisection found{.required = n, .score = base};
  const auto try_with = [&](std::int64_t kept) {
    const double s = score(kept);
    found.tried.emplace_back(kept, s);
    if (holds(s)) found.required = kept, found.score = s;
    return found.required == kept;
  };
  std::int64_t low = 0, high = n;  // numbers ablated: `low` holds, `high` is not known to
  while (high - low > 1) {
    const std::int64_t ablated = (low + high) / 2;
    (try_with(n - ablated) ? low : high) = ablated;
  }
  if (found.required == 1) try_with(0);
  return found;
}

}  // namespace basin::interp
