#include "interp/edges/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "core/error.h"

namespace basin::interp {
namespace {

std::vector<std::int64_t> exponential(std::int64_t n, double base, std::int64_t every) {
  std::vector<std::int64_t> kept;
  for (std::int64_t k = 0; k <= std::min(n, every); ++k) kept.push_back(k);
  for (double step = 1; kept.back() < n; step *= base) kept.push_back(kept.back() + std::int64_t(std::ceil(step)));
  kept.back() = n;
  return kept;
}

}  // namespace

std::vector<std::int64_t> Schedule::of(std::int64_t n) const {
  std::vector<std::int64_t> all;
  switch (kind) {
    case Kind::linear:
      if (points < 2) throw UsageError(fmt::format("schedule: {} points given, wanted 2 or more", points));
      for (std::int64_t i = 0; i < points; ++i) all.push_back(n * i / (points - 1));
      break;
    case Kind::exponential:
      if (!(base > 1) || every < 0)
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
  std::istringstream in{std::string(text.substr(std::min(text.size(), text.find(':') + 1)))};
  const std::string_view head = text.substr(0, text.find(':'));
  Schedule s;
  char sign = ':';
  bool good = text.find(':') != text.npos;
  if (head == "linear") {
    s.kind = Schedule::Kind::linear;
    good = good && in >> s.points;
  } else if (head == "exponential") {
    s.kind = Schedule::Kind::exponential;
    good = good && in >> s.base >> sign >> s.every && sign == ':';
  } else if (head == "points") {
    s.kind = Schedule::Kind::points;
    for (std::int64_t k; good && in >> k; in >> sign) {
      s.kept.push_back(k);
      good = in.eof() || sign == ',' || s.kept.size() == 1;
    }
    good = good && !s.kept.empty();
  } else {
    good = false;
  }
  if (!good || !in.eof())
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
