#include "lab.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "common/course.h"

namespace lab {

// e^(-2πi n/p), for any whole n.
[[maybe_unused]] static std::complex<double> turn(std::int64_t n, std::int64_t p) {
  return std::polar(1.0, -2 * std::numbers::pi * double(n % p) / double(p));
}

std::vector<double> power_of([[maybe_unused]] const basin::Matrix& table) {
  //@ solution power
  const std::int64_t p = table.rows(), d = table.cols();
  std::vector<double> power;
  for (std::int64_t k = 0; k <= p / 2; ++k) {
    double sum = 0;
    for (std::int64_t j = 0; j < d; ++j) {
      std::complex<double> F = 0;
      for (std::int64_t a = 0; a < p; ++a) F += turn(k * a, p) * table(a, j);
      sum += std::norm(F);
    }
    power.push_back(sum * (k == 0 ? 1 : 2) / double(p));
  }
  return power;
  //@ stub
  todo("power", "|F_k|² for each column and frequency, with turn(k * a, p), and the right factor (Background, waves)");
  //@ end
}

basin::Matrix circle_of([[maybe_unused]] const basin::Matrix& table, [[maybe_unused]] std::int64_t k) {
  //@ solution circle
  const std::int64_t p = table.rows(), d = table.cols();
  std::vector<double> mean(std::size_t(d), 0.0);
  basin::Matrix axes({2, d}), plane({p, 2});
  for (std::int64_t a = 0; a < p; ++a)
    for (std::int64_t j = 0; j < d; ++j) {
      mean[std::size_t(j)] += table(a, j) / double(p);
      axes(0, j) += turn(k * a, p).real() * table(a, j);
      axes(1, j) -= turn(k * a, p).imag() * table(a, j);
    }
  for (std::int64_t axis = 0; axis < 2; ++axis) {
    const double length = std::sqrt(basin::dot(axes.row(axis), axes.row(axis)));
    for (std::int64_t a = 0; a < p; ++a)
      plane(a, axis) = (basin::dot(table.row(a), axes.row(axis)) - basin::dot(mean, axes.row(axis))) / length;
  }
  return plane;
  //@ stub
  todo("circle",
       "two directions, that of the cosine and that of the sine, at length 1; rows less their mean along them");
  //@ end
}

Wave strongest_wave([[maybe_unused]] std::span<const double> f, [[maybe_unused]] std::int64_t p) {
  //@ solution label
  const std::int64_t half = p / 2;
  double mean = 0, variance = 0;
  for (const double value : f) mean += value / double(f.size());
  for (const double value : f) variance += (value - mean) * (value - mean);
  Wave best{0, 1, 0};
  if (variance <= 1e-20 * mean * mean * double(f.size())) return best;
  for (std::int64_t k = 0; k <= half; ++k) {
    std::vector<std::complex<double>> of_y(std::size_t(p), 0.0);  // Σ_x e^(-2πi k x/p) f(x, y)
    for (std::int64_t x = 0; x < p; ++x)
      for (std::int64_t y = 0; y < p; ++y) of_y[std::size_t(y)] += turn(k * x, p) * f[std::size_t(x * p + y)];
    for (std::int64_t l = k == 0 ? 1 : -half; l <= half; ++l) {
      std::complex<double> F = 0;
      for (std::int64_t y = 0; y < p; ++y) F += turn(l * y, p) * of_y[std::size_t(y)];
      const double share = 2 * std::norm(F) / double(p * p) / variance;
      if (share > best.share) best = {k, l, share};
    }
  }
  return best;
  //@ stub
  todo("label", "F_kl = Σ e^(-2πi (k x + l y)/p) f(x, y); the wave holds 2 |F_kl|² / p² of the squares (Hint 2)");
  //@ end
}

basin::Matrix keep_frequencies([[maybe_unused]] const basin::Matrix& table,
                               [[maybe_unused]] const std::vector<std::int64_t>& frequencies) {
  //@ solution keep
  const std::int64_t p = table.rows(), d = table.cols();
  basin::Matrix kept({p, d});
  std::vector<double> weight(std::size_t(p), 1.0);  // of row a + n in row a: 1 for the mean, 2 cos for each frequency
  for (std::int64_t n = 0; n < p; ++n)
    for (const std::int64_t k : frequencies) weight[std::size_t(n)] += 2 * turn(k * n, p).real();
  for (std::int64_t a = 0; a < p; ++a)
    for (std::int64_t n = 0; n < p; ++n)
      for (std::int64_t j = 0; j < d; ++j) kept(a, j) += weight[std::size_t(n)] * table((a + n) % p, j) / double(p);
  return kept;
  //@ stub
  todo("keep", "the mean row, and for each frequency (2/p) Σ_b cos(2π k (a - b)/p) row_b (Hint 3)");
  //@ end
}

double share_of_the_sum([[maybe_unused]] const basin::Matrix& logits, [[maybe_unused]] std::int64_t p) {
  //@ solution rule
  const std::int64_t outputs = logits.cols();
  double between = 0, all = 0;
  for (std::int64_t j = 0; j < outputs; ++j) {
    std::vector<double> by_sum(std::size_t(p), 0.0);
    double mean = 0;
    for (std::int64_t r = 0; r < p * p; ++r) {
      by_sum[std::size_t((r / p + r % p) % p)] += logits(r, j) / double(p);
      mean += logits(r, j) / double(p * p);
    }
    for (const double m : by_sum) between += double(p) * (m - mean) * (m - mean);
    for (std::int64_t r = 0; r < p * p; ++r) all += (logits(r, j) - mean) * (logits(r, j) - mean);
  }
  return between / all;
  //@ stub
  todo("rule", "means over the rows with x + y = s, their variance over that of all rows (Background, the rule)");
  //@ end
}

}  // namespace lab
