#include "interp/llc/coefficient_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace basin::interp {
namespace {

using Candidate = CoefficientFit::Candidate;
constexpr int most = 5;
constexpr double largest_c = 10;
constexpr double nearly = 4;  // in χ² + 2 (numbers fitted)

// Below what a χ² of so many degrees of freedom is with 99 % (Wilson and Hilferty 1931).
double highest_chi2(double freedom) {
  const double part = 2 / (9 * freedom), root = 1 - part + 2.326 * std::sqrt(part);
  return freedom * root * root * root;
}

double cost(const Candidate& c) { return c.chi2 + (c.multiplicity > 1 ? 4 : 2); }

double weight(std::span<const SweepPoint> points) {
  double sum = 0;
  for (const SweepPoint& p : points) sum += 1 / (p.error * p.error);
  return sum;
}

// λ is a weighted mean once m and c are given.
Candidate at(std::span<const SweepPoint> points, int m, double c) {
  double sum = 0;
  const auto correction = [&](const SweepPoint& p) { return m == 1 ? 0 : (m - 1) / (std::log(p.n_beta) + c); };
  for (const SweepPoint& p : points) sum += (p.lambda + correction(p)) / (p.error * p.error);
  Candidate found{.multiplicity = m, .lambda = sum / weight(points), .c = c};
  for (const SweepPoint& p : points) {
    const double miss = (p.lambda + correction(p) - found.lambda) / p.error;
    found.chi2 += miss * miss;
  }
  found.freedom = std::int64_t(points.size()) - (m > 1 ? 2 : 1);
  return found;
}

// c over a grid; the interval of λ is where χ² has risen by 3.84 (95 %) for some c.
Candidate best(std::span<const SweepPoint> points, int m) {
  std::vector<Candidate> grid;
  if (m == 1) grid.push_back(at(points, m, 0));
  const double least = std::log(std::ranges::min_element(points, {}, &SweepPoint::n_beta)->n_beta);
  for (double c = std::max(-largest_c, 0.5 - least); m > 1 && c <= largest_c; c += 0.02)
    grid.push_back(at(points, m, c));
  Candidate found = *std::ranges::min_element(grid, {}, &Candidate::chi2);
  found.lower = INFINITY, found.upper = -INFINITY;
  for (const Candidate& c : grid) {
    const double left = found.chi2 + 3.84 - c.chi2;
    if (left < 0) continue;
    const double reach = std::sqrt(left) / std::sqrt(weight(points));
    found.lower = std::min(found.lower, c.lambda - reach);
    found.upper = std::max(found.upper, c.lambda + reach);
  }
  found.fits = found.freedom > 0 && found.chi2 <= highest_chi2(double(found.freedom));
  return found;
}

std::string reason(std::span<const SweepPoint> points) {
  if (points.size() < 3)
    return fmt::format("{} values of nβ are too few to tell λ from its multiplicity", points.size());
  const auto [low, high] = std::ranges::minmax_element(points, {}, &SweepPoint::n_beta);
  if (high->n_beta < 100 * low->n_beta)
    return fmt::format("nβ from {:g} to {:g} is too short a sweep to tell λ from its multiplicity", low->n_beta,
                       high->n_beta);
  return "";
}

}  // namespace

CoefficientFit fit_coefficient(std::span<const SweepPoint> points) {
  for (const SweepPoint& p : points)
    if (!(p.n_beta > 0) || !(p.error > 0) || !std::isfinite(p.lambda))
      throw UsageError(
          fmt::format("fit: λ̂ = {} ± {} at nβ = {}; wanted numbers and positive errors", p.lambda, p.error, p.n_beta));
  CoefficientFit fit;
  fit.text = reason(points);
  if (!fit.text.empty()) return fit;
  for (int m = 1; m <= most; ++m) fit.candidates.push_back(best(points, m));
  std::vector<Candidate> good;
  for (const Candidate& c : fit.candidates)
    if (c.fits) good.push_back(c);
  if (good.empty()) {
    fit.text = "no λ and m fit: the sweep has not reached the scales at which λ̂ settles, or errors are too small";
    return fit;
  }
  const Candidate least = *std::ranges::min_element(good, {}, cost);
  std::erase_if(good, [&](const Candidate& c) { return cost(c) > cost(least) + nearly; });
  fit.decided = good.size() == 1;
  fit.multiplicity = least.multiplicity;
  fit.lambda = least.lambda;
  fit.lower = INFINITY, fit.upper = -INFINITY;
  for (const Candidate& c : good) {
    fit.lower = std::min(fit.lower, c.lower);
    fit.upper = std::max(fit.upper, c.upper);
  }
  fit.text = fit.decided ? fmt::format("λ = {:.3f} [{:.3f}, {:.3f}] with multiplicity {}", fit.lambda, fit.lower,
                                       fit.upper, fit.multiplicity)
                         : fmt::format("multiplicities {} to {} fit nearly as well: λ is between {:.3f} and {:.3f}",
                                       good.front().multiplicity, good.back().multiplicity, fit.lower, fit.upper);
  return fit;
}

}  // namespace basin::interp
