#include "interp/volume/volume.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.h"
#include "core/parallel.h"
#include "core/statistics.h"
#include "interp/volume/matching.h"

namespace basin::interp {
namespace {

// With |w_i| = exp(-E_i) each E_i is exponential, and L < ε says Σ 2 k_i E_i > log(κ/ε): a chain of d stages, each left
// at the rate 1/(2 k_i), has not ended at that time. Entry i is the chance to be in stage i then. Uniformisation: a
// Poisson number of steps of a discrete chain, all terms positive.
std::vector<double> stage_chances(std::span<const int> exponents, double time) {
  const double fastest = 0.5 / *std::ranges::min_element(exponents);
  std::vector<double> now(exponents.size()), chances(exponents.size());
  now[0] = 1;
  const double mean = fastest * time;
  double weight = std::exp(-mean);
  for (int step = 0; step < mean + 40 * std::sqrt(mean + 1); ++step, weight *= mean / step) {
    for (std::size_t i = now.size(); i-- > 0;) {
      chances[i] += weight * now[i];
      const double leaves = 0.5 / exponents[i] / fastest;
      if (i + 1 < now.size()) now[i + 1] += leaves * now[i];
      now[i] *= 1 - leaves;
    }
  }
  return chances;
}

std::vector<double> crossing(std::span<const int> exponents, double kappa, double epsilon) {
  if (exponents.empty() || std::ranges::min(exponents) < 1)
    throw UsageError("volume: normal crossing wants one or more exponents, all at least 1");
  const double time = 2 * log_weight(kappa, epsilon);
  if (time > 1400) throw UsageError(fmt::format("volume: ε / κ of {:.3g} is out of range", epsilon / kappa));
  return stage_chances(exponents, time);
}

double total(std::span<const double> values) {
  double sum = 0;
  for (double v : values) sum += v;
  return sum;
}

std::vector<std::int64_t> count_below(const Loss& loss, const Box& box, std::span<const double> epsilons,
                                      std::int64_t samples, Rng rng) {
  std::vector<double> w(box.dimension);
  std::vector<std::int64_t> counts(epsilons.size());
  for (std::int64_t i = 0; i < samples; ++i) {
    rng.fill_uniform(std::span(w), -box.half_width, box.half_width);
    const double value = checked_loss(loss, w);
    for (std::size_t e = 0; e < epsilons.size() && value < epsilons[e]; ++e) ++counts[e];
  }
  return counts;
}

// log(part / whole) of counts, with its binomial error.
Measured log_share(std::int64_t part, std::int64_t whole) {
  const double share = double(part) / double(whole);
  return {std::log(share), std::sqrt((1 - share) / double(part))};
}

}  // namespace

double Box::log_volume() const { return double(dimension) * std::log(2 * half_width); }

double log_volume_quadratic(std::span<const double> curvatures, double epsilon) {
  const double half = 0.5 * double(curvatures.size());
  double log_volume = half * std::log(std::numbers::pi * epsilon) - std::lgamma(half + 1);
  for (double h : curvatures) {
    if (!(h > 0)) throw UsageError(fmt::format("volume: a curvature of {} given; wanted more than 0", h));
    log_volume -= 0.5 * std::log(h);
  }
  return log_volume;
}

double log_volume_product(double kappa, double epsilon) {
  const double w = log_weight(kappa, epsilon);
  return std::log(4.0) - w + std::log1p(w);
}

double n_eff_product(double kappa, double epsilon) { return 1 - 1 / (1 + log_weight(kappa, epsilon)); }

double log_volume_crossing(std::span<const int> exponents, double kappa, double epsilon) {
  return double(exponents.size()) * std::log(2.0) + std::log(total(crossing(exponents, kappa, epsilon)));
}

double n_eff_crossing(std::span<const int> exponents, double kappa, double epsilon) {
  if (epsilon >= kappa) return 0;
  const std::vector<double> chances = crossing(exponents, kappa, epsilon);
  return chances.back() / exponents.back() / total(chances);
}

std::vector<double> VolumeCurve::middles() const {
  std::vector<double> middle;
  for (std::size_t i = 0; i + 1 < epsilons.size(); ++i) middle.push_back(std::sqrt(epsilons[i] * epsilons[i + 1]));
  return middle;
}

std::vector<Measured> VolumeCurve::volumes() const {
  std::vector<Measured> all;
  for (const Measured& log_v : log_volume) all.push_back({std::exp(log_v.value), std::exp(log_v.value) * log_v.error});
  return all;
}

Deviation deviation(const VolumeCurve& curve, const std::function<double(double)>& log_volume) {
  Deviation found;
  for (std::size_t e = 0; e < curve.epsilons.size(); ++e) {
    const auto& [value, error] = curve.log_volume[e];
    if (!std::isfinite(value)) continue;
    found.smallest_epsilon = curve.epsilons[e];
    if (error > 0) found.worst = worse(found.worst, std::abs(value - log_volume(curve.epsilons[e])) / error);
  }
  return found;
}

VolumeCurve volume_by_monte_carlo(const Loss& loss, const Box& box, std::span<const double> epsilons,
                                  std::int64_t samples, const Rng& rng, int threads) {
  expect_falling(epsilons);
  if (box.dimension < 1 || samples < 1)
    throw UsageError(
        fmt::format("volume: {} samples in {} dimensions given; wanted at least 1", samples, box.dimension));
  constexpr std::int64_t chunk = 8192;
  const std::int64_t chunks = (samples + chunk - 1) / chunk;
  std::vector<std::vector<std::int64_t>> parts(chunks);
  parallel_for(threads, chunks, [&](std::int64_t c, int) {
    parts[c] = count_below(loss, box, epsilons, std::min(chunk, samples - c * chunk), rng.stream(std::to_string(c)));
  });
  VolumeCurve curve{.epsilons = {epsilons.begin(), epsilons.end()}};
  std::int64_t before = 0;
  for (std::size_t e = 0; e < epsilons.size(); ++e) {
    std::int64_t hits = 0;
    for (const auto& part : parts) hits += part[e];
    const Measured share = log_share(hits, samples), step = log_share(hits, before);
    curve.log_volume.push_back({box.log_volume() + share.value, share.error});
    const double slope = e == 0 ? 0 : 2 / std::log(epsilons[e] / epsilons[e - 1]);
    if (e > 0) curve.n_eff.push_back({slope * step.value, hits == 0 ? NAN : std::abs(slope) * step.error});
    before = hits;
  }
  return curve;
}

void expect_falling(std::span<const double> epsilons) {
  bool falls = !epsilons.empty() && epsilons.back() > 0;
  for (std::size_t e = 1; e < epsilons.size(); ++e) falls = falls && epsilons[e] < epsilons[e - 1];
  if (!falls) throw UsageError("volume: wanted one or more ε, positive and falling");
}

double checked_loss(const Loss& loss, std::span<const double> w) {
  const double value = loss(w);
  if (!(value >= 0))
    throw NumericalError(
        fmt::format("volume: the loss is {} in the box; wanted 0 or more; help: subtract its value "
                    "at the centre, a minimum",
                    value));
  return value;
}

}  // namespace basin::interp
