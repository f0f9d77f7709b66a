#include "lab.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/course.h"

namespace lab {

namespace {
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
}  // namespace

Counts count_below([[maybe_unused]] const Loss& loss, [[maybe_unused]] const Box& box,
                   [[maybe_unused]] const std::vector<double>& epsilons, [[maybe_unused]] std::int64_t samples,
                   [[maybe_unused]] basin::Rng& rng) {
  //@ solution count
  Counts counts{box, epsilons, std::vector<std::int64_t>(epsilons.size()), samples};
  std::vector<double> w(std::size_t(box.dimension));
  for (std::int64_t s = 0; s < samples; ++s) {
    for (double& wi : w) wi = rng.uniform(-box.half_width, box.half_width);
    const double value = loss(w);
    for (std::size_t i = 0; i < epsilons.size() && value < epsilons[i]; ++i) ++counts.below[i];
  }
  return counts;
  //@ stub
  todo("count", "draw points with rng.uniform(-h, h), call the loss once for each, count it at every ε it is below");
  //@ end
}

//@ nowrong volumes: without the box's volume it is a constant off, which its first test says
std::vector<Measured> log_volumes([[maybe_unused]] const Counts& counts) {
  //@ solution volumes
  const double n = double(counts.samples);
  std::vector<Measured> result;
  for (const std::int64_t below : counts.below) {
    const double p = double(below) / n;
    if (below == 0)
      result.push_back({-infinity, infinity});
    else
      result.push_back({counts.box.log_volume() + std::log(p), std::sqrt((1 - p) / (p * n))});
  }
  return result;
  //@ stub
  todo("volumes",
       "log V = log |box| + log p with p = below / samples, and the error of log p (Background, Monte Carlo)");
  //@ end
}

std::vector<Measured> slopes([[maybe_unused]] const Counts& counts) {
  //@ solution slopes
  std::vector<Measured> result;
  for (std::size_t i = 0; i + 1 < counts.epsilons.size(); ++i) {
    const double factor = 2 / std::log(counts.epsilons[i] / counts.epsilons[i + 1]);
    const double outer = double(counts.below[i]), inner = double(counts.below[i + 1]);
    if (inner == 0)
      result.push_back({nan, infinity});
    else
      result.push_back({factor * std::log(outer / inner), factor * std::sqrt(1 / inner - 1 / outer)});
  }
  return result;
  //@ stub
  todo("slopes", "2 log(V1 / V2) / log(ε1 / ε2) of neighbours, with the error of a share of a share (Hint 2)");
  //@ end
}

double log_volume_of_cross([[maybe_unused]] double kappa, [[maybe_unused]] double epsilon) {
  //@ solution cross_volume
  const double w = 0.5 * std::max(0.0, std::log(kappa / epsilon));
  return std::log(4.0) - w + std::log1p(w);
  //@ stub
  todo("cross_volume", "V = 4 t (1 + log 1/t), t = min(1, sqrt(ε/κ)) (Background, the cross)");
  //@ end
}

double n_eff_of_cross([[maybe_unused]] double kappa, [[maybe_unused]] double epsilon) {
  //@ solution cross_slope
  const double w = 0.5 * std::max(0.0, std::log(kappa / epsilon));
  return w / (1 + w);
  //@ stub
  todo("cross_slope",
       "differentiate log V = log 4 - w + log(1 + w), where dw / d log ε = -1/2 (Background, the cross)");
  //@ end
}

basin::Matrix hessian([[maybe_unused]] const Loss& loss, [[maybe_unused]] std::int64_t dimension,
                      [[maybe_unused]] double h) {
  //@ solution hessian
  std::vector<double> w(std::size_t(dimension), 0.0);
  const auto at = [&](std::int64_t i, double a, std::int64_t j, double b) {
    std::ranges::fill(w, 0.0);
    w[std::size_t(i)] += a, w[std::size_t(j)] += b;
    return loss(w);
  };
  basin::Matrix H({dimension, dimension});
  for (std::int64_t i = 0; i < dimension; ++i)
    for (std::int64_t j = 0; j < dimension; ++j)
      H(i, j) = (at(i, h, j, h) - at(i, h, j, -h) - at(i, -h, j, h) + at(i, -h, j, -h)) / (4 * h * h);
  return H;
  //@ stub
  todo("hessian", "(L(+,+) - L(+,-) - L(-,+) + L(-,-)) / 4h² for each pair of directions (Background, the Hessian)");
  //@ end
}

double limit_of_product([[maybe_unused]] const std::vector<double>& powers) {
  //@ solution limit_product
  return 2 / *std::ranges::max_element(powers);
  //@ stub
  todo("limit_product", "which single weight makes a product small at the least cost of volume? (Hint 4)");
  //@ end
}

double limit_of_sum([[maybe_unused]] const std::vector<double>& powers) {
  //@ solution limit_sum
  double sum = 0;
  for (const double p : powers) sum += 2 / p;
  return sum;
  //@ stub
  todo("limit_sum", "how far may each weight go when all of them must stay small? (Hint 4)");
  //@ end
}

}  // namespace lab
