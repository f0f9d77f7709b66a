#include "interp/llc/finite_n.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "interp/llc/learning_coefficient.h"

namespace basin::interp {
namespace {

constexpr double negligible = 32;  // exp(-32) of an integral is left out at its ends

void check(const char* what, double t, double gamma) {
  if (!(t > 0) || !std::isfinite(t) || !(gamma >= 0) || !std::isfinite(gamma))
    throw UsageError(fmt::format("{}: t {} and γ {} given; wanted t > 0 and γ >= 0", what, t, gamma));
}

// exp(-s) is a step in log x over 1/power of a unit: panels resolve it, and are no wider than normal densities need.
double panel_width(double power) { return 2 / std::max(4.0, power); }

// t E[K] of two parameters at once; both are positive, by symmetry. Mass below w = exp(low) is at most exp(low), the
// whole integral at least of order t^{-1/2}.
double crossing(int a, int b, double t, int nodes) {
  const LogAxis axis(-negligible - 0.5 * std::log1p(t), std::log(2 * std::sqrt(negligible)),
                     panel_width(2 * std::max(a, b)), nodes);
  const std::vector<double>& w = axis.x();
  std::vector<double> density, first, second;
  for (std::size_t i = 0; i < w.size(); ++i) {
    density.push_back(axis.weights()[i] * std::exp(-w[i] * w[i] / 2));
    first.push_back(t * std::pow(w[i], 2 * a));
    second.push_back(std::pow(w[i], 2 * b));
  }
  double loss = 0, whole = 0;
  for (std::size_t i = 0; i < w.size(); ++i)
    for (std::size_t j = 0; j < w.size(); ++j) {
      const double tK = first[i] * second[j], mass = density[i] * density[j] * std::exp(-tK);
      whole += mass;
      loss += tK * mass;
    }
  return loss / whole;
}

// In units in which the narrower of the two factors ends at 1.
double one_power(const PowerTerm& term, double t, double gamma, int nodes) {
  const double end = std::min(std::pow(t * term.coefficient, -1 / term.power), 1 / std::sqrt(gamma));
  const double scaled = t * term.coefficient * std::pow(end, term.power), localised = gamma * end * end / 2;
  const double reach =
      std::min(std::log(4 * negligible / scaled) / term.power, std::log(4 * negligible / localised) / 2);
  const LogAxis axis(-negligible, reach, panel_width(term.power), nodes);
  std::vector<double> mass, loss;
  for (double w : axis.x()) {
    const double tK = scaled * std::pow(w, term.power);
    mass.push_back(std::exp(-tK - localised * w * w));
    loss.push_back(tK * mass.back());
  }
  return axis.total(loss) / axis.total(mass);
}

}  // namespace

Integrated crossing_finite_n(int a, int b, double t) {
  normal_crossing({a, b});  // checks the exponents
  check("crossing", t, 0);
  return by_doubling(fmt::format("w1^{} w2^{} at t = {:.3g}", a, b, t),
                     [&](int nodes) { return crossing(a, b, t, nodes); });
}

Integrated homogeneous_finite_n(const std::vector<PowerTerm>& terms, double t, double gamma) {
  check("homogeneous loss", t, gamma);
  std::vector<double> powers;
  for (const PowerTerm& term : terms) {
    if (!(term.coefficient > 0))
      throw UsageError(fmt::format("homogeneous loss: a coefficient of {} given, wanted above 0", term.coefficient));
    powers.push_back(term.power);
  }
  const double flat = homogeneous(powers).lambda;
  if (gamma == 0) return {flat, 0};
  return by_doubling(fmt::format("homogeneous loss at t = {:.3g}, γ = {:.3g}", t, gamma), [&](int nodes) {
    double sum = 0;
    for (const PowerTerm& term : terms) sum += one_power(term, t, gamma, nodes);
    return sum;
  });
}

double quadratic_finite_n(const std::vector<double>& curvatures, double t, double gamma) {
  check("quadratic loss", t, gamma);
  double sum = 0;
  for (double h : curvatures) {
    if (!(h >= 0)) throw UsageError(fmt::format("quadratic loss: a curvature of {} given, wanted 0 or more", h));
    if (h > 0) sum += t * h / (t * h + gamma) / 2;
  }
  return sum;
}

Integrated sphere_finite_n(int d, double t, double gamma) {
  check("sphere", t, gamma);
  if (d < 1 || !(gamma > 0))
    throw UsageError(fmt::format("sphere: {} numbers and γ {} given; wanted 1 and more than 0", d, gamma));
  // v = |w|² has the density v^{d/2 - 1} e^{-γ v / 2}, and (v - 1)² t beyond `reach` counts nothing.
  const double reach = std::sqrt(negligible / t), low = reach < 0.9 ? std::log(1 - reach) : -negligible;
  const double width = std::min(0.5, reach / 4);
  return by_doubling(fmt::format("sphere at t = {:.3g}", t), [&](int nodes) {
    const LogAxis axis(low, std::log(1 + reach), width, nodes);
    std::vector<double> mass, loss;
    for (const double v : axis.x()) {
      const double tK = t * (v - 1) * (v - 1);
      mass.push_back(std::pow(v, d / 2.0 - 1) * std::exp(-tK - gamma / 2 * (v - 1)));
      loss.push_back(tK * mass.back());
    }
    return axis.total(loss) / axis.total(mass);
  });
}

}  // namespace basin::interp
