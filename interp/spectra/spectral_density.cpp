#include "interp/spectra/spectral_density.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "interp/spectra/lanczos.h"
#include "interp/spectra/trace.h"

namespace basin::interp {
namespace {

using Function = std::function<double(double)>;

constexpr double below_zero = 1e-12;  // of the largest eigenvalue: where the fixed node lies

QuadratureRule rule_of(RitzValues ritz, std::int64_t size) {
  for (double& w : ritz.weights) w *= double(size);
  return {std::move(ritz.values), std::move(ritz.weights)};
}

// One more step whose alpha makes `fixed` an eigenvalue of T: alpha = fixed + beta^2 (last entry of (T - fixed)^-1).
QuadratureRule radau_rule(const Krylov& krylov, const RitzValues& ritz) {
  if (krylov.invariant()) return rule_of(ritz, krylov.size);
  const double scale = std::max(std::abs(ritz.values.front()), std::abs(ritz.values.back()));
  const double fixed = std::min(ritz.values.back(), 0.0) - below_zero * scale;
  double alpha = fixed;
  for (std::size_t i = 0; i < ritz.values.size(); ++i)
    alpha += ritz.residuals[i] * ritz.residuals[i] / (ritz.values[i] - fixed);
  Krylov extended{.size = krylov.size, .alpha = krylov.alpha, .beta = krylov.beta};
  extended.alpha.push_back(alpha);
  extended.beta.push_back(0);
  return rule_of(ritz_values(extended, extended.steps()), krylov.size);
}

double integral(const QuadratureRule& rule, const Function& f) {
  double sum = 0;
  for (std::size_t i = 0; i < rule.nodes.size(); ++i) sum += rule.weights[i] * f(rule.nodes[i]);
  return sum;
}

void require_positive(const char* what, double value) {
  if (!(value > 0)) throw UsageError(fmt::format("spectral_density: {} {} given, wanted more than 0", what, value));
}

}  // namespace

void require_quadrature(const QuadratureOptions& options) {
  if (options.probes < 2 || options.steps < 2)
    throw UsageError(fmt::format("lanczos_quadrature: {} probes and {} steps given, wanted 2 or more of each",
                                 options.probes, options.steps));
}

SpectralQuadrature lanczos_quadrature(const Operator& op, const QuadratureOptions& options) {
  require_quadrature(options);
  SpectralQuadrature q{op.size, std::vector<QuadratureRule>(options.probes),
                       std::vector<QuadratureRule>(options.probes)};
  for_vector_blocks(options.probes, options.threads, [&](std::int64_t first, std::int64_t end) {
    std::vector<Krylov> probes;
    for (std::int64_t i = first; i < end; ++i) probes.push_back(random_krylov(op.size, options.seed, i));
    extend(probes, op, options.steps, options.threads);
    for (std::int64_t i = first; i < end; ++i) {
      const Krylov& krylov = probes[i - first];
      RitzValues ritz = ritz_values(krylov, krylov.steps());
      q.radau[i] = radau_rule(krylov, ritz);
      q.gauss[i] = rule_of(std::move(ritz), op.size);
    }
  });
  return q;
}

SpectralSum spectral_sum(const SpectralQuadrature& quadrature, const Function& f) {
  std::vector<double> means;
  double distance = 0;
  for (std::size_t i = 0; i < quadrature.gauss.size(); ++i) {
    const double upper = integral(quadrature.gauss[i], f), lower = integral(quadrature.radau[i], f);
    means.push_back((upper + lower) / 2);
    distance += upper - lower;
  }
  const TraceEstimate mean = mean_estimate(means);
  return {mean.value, mean.standard_error, std::abs(distance) / (2 * double(means.size()))};
}

SpectralSum soft_count(const SpectralQuadrature& quadrature, double cutoff) {
  require_positive("cut-off", cutoff);
  return spectral_sum(quadrature, [&](double h) { return h > 0 ? h / (h + cutoff) : 0; });
}

SpectralSum smooth_count(const SpectralQuadrature& quadrature, double cutoff, double width) {
  require_positive("cut-off", cutoff);
  require_positive("width", width);
  return spectral_sum(quadrature, [&](double h) {
    return h > 0 ? 0.5 * std::erfc(-std::log10(h / cutoff) / (width * std::numbers::sqrt2)) : 0;
  });
}

SpectralDensity spectral_density(const SpectralQuadrature& quadrature, const std::vector<double>& grid, double width) {
  require_positive("width", width);
  SpectralDensity out{.grid = grid};
  const double height = 1 / (width * std::sqrt(2 * std::numbers::pi));
  for (double at : grid) {
    require_positive("place", at);
    const SpectralSum here = spectral_sum(quadrature, [&](double h) {
      const double distance = h > 0 ? std::log10(h / at) / width : INFINITY;
      return height * std::exp(-distance * distance / 2);
    });
    out.density.push_back(here.value);
    out.standard_error.push_back(here.standard_error);
  }
  return out;
}

std::vector<double> log_grid(double low, double high, std::int64_t points) {
  if (!(low > 0) || !(high > low) || points < 2)
    throw UsageError(fmt::format("log_grid: {} places from {} to {} given, wanted 0 < low < high and 2 places or more",
                                 points, low, high));
  std::vector<double> grid;
  for (std::int64_t i = 0; i < points; ++i) grid.push_back(low * std::pow(high / low, double(i) / double(points - 1)));
  return grid;
}

}  // namespace basin::interp
