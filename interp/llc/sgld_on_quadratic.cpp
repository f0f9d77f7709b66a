#include "interp/llc/sgld_on_quadratic.h"

#include <fmt/format.h>

#include <cmath>

#include "core/error.h"

namespace basin::interp {
namespace {

void check(const SgldRun& run) {
  if (!(run.step > 0) || !(run.nbeta > 0) || !(run.gamma >= 0) || !(run.gradient_variance >= 0))
    throw UsageError(
        fmt::format("SGLD: step {}, nβ {}, γ {} and a gradient variance of {} given; wanted the first two above 0, the "
                    "others from 0",
                    run.step, run.nbeta, run.gamma, run.gradient_variance));
}

void check(double h, double step_times_a) {
  if (!(h >= 0)) throw UsageError(fmt::format("SGLD: a curvature of {} given, wanted 0 or more", h));
  if (!(step_times_a < 4))
    throw UsageError(
        fmt::format("SGLD: step · (nβ h + γ) is {:.4g} at curvature {:.4g}; wanted less than 4, beyond "
                    "which it diverges; help: make the step smaller",
                    step_times_a, h));
}

double temperature_of(const SgldRun& run) {
  check(run);
  return 1 + run.step * run.nbeta * run.nbeta * run.gradient_variance / 4;
}

// The mean of 1 - ρ^{2t} over t = burn_in … burn_in + draws - 1.
double mean_reached(double step_times_a, std::int64_t burn_in, std::int64_t draws) {
  const double square = std::pow(1 - step_times_a / 2, 2), rest = step_times_a * (1 - step_times_a / 4);  // 1 - ρ²
  return 1 - std::pow(square, double(burn_in)) * (1 - std::pow(square, double(draws))) / (double(draws) * rest);
}

template <class Share>  // of equilibrium, from ε a_i
double sum_over(const std::vector<double>& curvatures, const SgldRun& run, Share share) {
  const double temperature = temperature_of(run);
  double sum = 0;
  for (double h : curvatures) {
    const double a = run.nbeta * h + run.gamma, moved = run.step * a;
    check(h, moved);
    if (h > 0) sum += run.nbeta * h * temperature / (2 * a * (1 - moved / 4)) * share(moved);
  }
  return sum;
}

}  // namespace

double sgld_effective_temperature(const SgldRun& run) { return temperature_of(run); }

double sgld_stationary_estimate(const std::vector<double>& curvatures, const SgldRun& run) {
  return sum_over(curvatures, run, [](double) { return 1.0; });
}

double sgld_expected_estimate(const std::vector<double>& curvatures, const SgldRun& run, std::int64_t burn_in,
                              std::int64_t draws) {
  if (burn_in < 0 || draws < 1)
    throw UsageError(
        fmt::format("SGLD: {} steps of burn-in and {} draws given; wanted 0 or more and 1 or more", burn_in, draws));
  return sum_over(curvatures, run, [&](double moved) { return mean_reached(moved, burn_in, draws); });
}

}  // namespace basin::interp
