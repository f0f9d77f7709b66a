#include "core/statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <numeric>
#include <string>

#include "core/error.h"
#include "core/matrix.h"

namespace basin {
namespace {

using Column = std::vector<double>;

constexpr double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();

// What is left of a column beside the orthonormal ones; twice, for rounding.
Column rest(Column column, const std::vector<Column>& basis) {
  for (int pass = 0; pass < 2; ++pass)
    for (const Column& b : basis) {
      const double part = dot(column, b);
      for (std::size_t i = 0; i < column.size(); ++i) column[i] -= part * b[i];
    }
  return column;
}

// Makes the basis one longer unless the column lies in it. Says whether it did not.
bool extend(std::vector<Column>& basis, const Column& column) {
  Column left = rest(column, basis);
  const double length = norm(left);
  if (!(length > 1e-10 * norm(column))) return false;
  for (double& v : left) v /= length;
  basis.push_back(std::move(left));
  return true;
}

void require_length(const char* what, std::size_t given, std::size_t wanted) {
  if (given != wanted)
    throw ShapeError(std::string(what) + ": " + std::to_string(given) + " values given beside " +
                     std::to_string(wanted));
}

Column centred(std::span<const double> values) {
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
  Column out(values.begin(), values.end());
  for (double& v : out) v -= mean;
  return out;
}

using Groups = std::map<std::int64_t, std::vector<std::size_t>>;  // the places of each

Column without_means(std::span<const double> values, const Groups& groups) {
  Column out(values.begin(), values.end());
  for (const auto& [name, places] : groups) {
    double sum = 0;
    for (std::size_t i : places) sum += out[i];
    for (std::size_t i : places) out[i] -= sum / double(places.size());
  }
  return out;
}

}  // namespace

double worse(double worst, double error) { return error <= worst ? worst : std::isnan(error) ? INFINITY : error; }

double student_t_95(std::int64_t degrees) {
  constexpr std::array<double, 10> table{12.7062, 4.30265, 3.18245, 2.77645, 2.57058,
                                         2.44691, 2.36462, 2.30600, 2.26216, 2.22814};
  if (degrees <= std::int64_t(table.size())) return table[degrees - 1];
  const double z = normal_95, n = double(degrees);
  return z + (z * z * z + z) / (4 * n) + (5 * std::pow(z, 5) + 16 * z * z * z + 3 * z) / (96 * n * n);
}

double normal_quantile(double p) {
  if (!(p > 0 && p < 1)) throw UsageError("normal_quantile: p = " + std::to_string(p) + " given, wanted 0 < p < 1");
  const double beyond = std::min(p, 1 - p), t = std::sqrt(-2 * std::log(beyond));  // z > 0 has this much beyond it
  double z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (int step = 0; step < 2; ++step) {
    const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
    const double newton = (std::erfc(z / std::numbers::sqrt2) / 2 - beyond) / density;
    z += newton / (1 - newton * z / 2);
  }
  return p < 0.5 ? -z : z;
}

Estimate estimate(std::span<const double> values) {
  const auto n = std::int64_t(values.size());
  if (n == 0) return {nan, nan, nan, nan, 0};
  double sum = 0, squares = 0;
  for (double v : values) sum += v;
  const double mean = sum / double(n);
  if (n == 1) return {mean, nan, -inf, inf, 1};
  for (double v : values) squares += (v - mean) * (v - mean);
  const double deviation = std::sqrt(squares / double(n - 1));
  const double half = student_t_95(n - 1) * deviation / std::sqrt(double(n));
  return {mean, deviation, mean - half, mean + half, n};
}

Estimate estimate_over_pairs(std::int64_t n, std::span<const double> values) {
  require_length("estimate over pairs", values.size(), std::size_t(n * (n - 1) / 2));
  const double mean = estimate(values).mean, sum = std::accumulate(values.begin(), values.end(), 0.0);
  if (n < 3) return {mean, nan, -inf, inf, n};
  Column of(std::size_t(n), 0.0);  // the sum over pairs of each thing
  auto value = values.begin();
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = i + 1; j < n; ++j, ++value) of[i] += *value, of[j] += *value;
  for (double& v : of) v = double(n) * mean - 2 * (sum - v) / double(n - 2);
  return estimate(of);
}

Paired paired(std::span<const double> before, std::span<const double> after) {
  require_length("paired", after.size(), before.size());
  std::vector<double> differences;
  for (std::size_t i = 0; i < before.size(); ++i) differences.push_back(after[i] - before[i]);
  return {estimate(before).mean, estimate(after).mean, estimate(differences)};
}

// With r what the covariates leave of the column of ones, the intercept is r y / r r and its variance s^2 / r r
// (Frisch, Waugh and Lovell).
Adjusted adjusted(std::span<const double> y, std::span<const std::vector<double>> covariates) {
  if (y.empty()) return {estimate(y), 0};
  const auto n = std::int64_t(y.size());
  const Column ones(y.size(), 1.0);
  std::vector<Column> all, kept;  // bases of the ones and the covariates, of the covariates alone
  extend(all, ones);
  for (const Column& c : covariates) {
    require_length("adjusted", c.size(), y.size());
    if (extend(all, c)) extend(kept, c);
  }
  const Column r = rest(ones, kept), left = rest(Column(y.begin(), y.end()), all);
  const double weight = dot(r, r), mean = dot(r, y) / weight;
  const auto used = std::int64_t(kept.size()), degrees = n - 1 - used;
  if (degrees < 1) return {{mean, nan, -inf, inf, n}, used};
  const double deviation = std::sqrt(dot(left, left) / double(degrees));
  const double rounding = 1e-12 * norm(y);  // all that is left of a perfect fit
  const double half = std::max(student_t_95(degrees) * deviation / std::sqrt(weight), rounding);
  return {{mean, deviation, mean - half, mean + half, n}, used};
}

Correlation correlation(std::span<const double> x, std::span<const double> y, std::int64_t lost) {
  require_length("correlation", y.size(), x.size());
  const auto n = std::int64_t(x.size());
  const Column a = centred(x), b = centred(y);
  const auto varies = [](const Column& c, std::span<const double> of) { return dot(c, c) > 1e-20 * dot(of, of); };
  if (!varies(a, x) || !varies(b, y)) return {nan, -1, 1, n};
  const double r = dot(a, b) / std::sqrt(dot(a, a) * dot(b, b));
  if (n - lost <= 3) return {r, -1, 1, n};
  const double z = std::atanh(std::clamp(r, -1.0, 1.0)), half = normal_95 / std::sqrt(double(n - lost - 3));
  return {r, std::tanh(z - half), std::tanh(z + half), n};
}

Correlation correlation_within(std::span<const double> x, std::span<const double> y,
                               std::span<const std::int64_t> group) {
  require_length("correlation within groups", y.size(), x.size());
  require_length("correlation within groups", group.size(), x.size());
  Groups groups;
  for (std::size_t i = 0; i < group.size(); ++i) groups[group[i]].push_back(i);
  const std::int64_t lost = std::max<std::int64_t>(std::int64_t(groups.size()) - 1, 0);
  return correlation(without_means(x, groups), without_means(y, groups), lost);
}

}  // namespace basin
