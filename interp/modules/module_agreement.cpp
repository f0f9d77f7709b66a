#include "interp/modules/module_agreement.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/blas.h"
#include "core/lapack.h"
#include "core/matrix.h"
#include "interp/volume/assignment.h"

namespace basin::interp {
namespace {

constexpr double constant_below = 1e-13;  // the deviation over the root mean square

void require_shapes(const ModularFeatures& of, std::size_t layers, std::int64_t rows) {
  const auto refuse = [](const std::string& why) { throw ShapeError("features of two networks: " + why); };
  if (of.values.size() != layers || of.modules.size() != layers)
    refuse(fmt::format("tables of {} layers and modules of {} given, wanted {} of each", of.values.size(),
                       of.modules.size(), layers));
  for (std::size_t l = 0; l < layers; ++l) {
    const Matrix& x = of.values[l];
    if (x.shape.rank() != 2 || x.shape[0] != rows || x.cols() != std::ssize(of.modules[l]))
      refuse(fmt::format("layer {} has a table {} and {} modules, wanted {} rows and a module for each column", l,
                         x.shape.str(), of.modules[l].size(), rows));
    require_finite("features of two networks", x);
  }
}

// Columns of mean 0 and length 1, or 0 where nothing varies.
Matrix standardised(Matrix x) {
  for (std::int64_t j = 0; j < x.cols(); ++j) {
    double largest = 0, mean = 0, raw = 0, left = 0;
    for (std::int64_t i = 0; i < x.rows(); ++i) largest = std::max(largest, std::abs(x(i, j)));
    if (largest == 0) continue;
    for (std::int64_t i = 0; i < x.rows(); ++i) {
      const double v = x(i, j) /= largest;
      mean += v / double(x.rows()), raw += v * v;
    }
    for (std::int64_t i = 0; i < x.rows(); ++i) x(i, j) -= mean, left += x(i, j) * x(i, j);
    const double scale = std::sqrt(left) > constant_below * std::sqrt(raw) ? 1 / std::sqrt(left) : 0;
    for (std::int64_t i = 0; i < x.rows(); ++i) x(i, j) *= scale;
  }
  return x;
}

// |r| of all pairs, with rows or columns of 0 behind until it is square.
Matrix correlations(const Matrix& of_a, const Matrix& of_b) {
  const Matrix a = standardised(of_a), b = standardised(of_b);
  const std::int64_t n = std::max(a.cols(), b.cols());
  Matrix r({n, n}, 0.0);
  if (a.size() == 0 || b.size() == 0) return r;
  gemm(true, false, a.cols(), b.cols(), a.rows(), 1, a.data.data(), a.cols(), b.data.data(), b.cols(), 0, r.data.data(),
       n);
  for (double& v : r.data) v = std::min(1.0, std::abs(v));
  return r;
}

}  // namespace

std::vector<FeaturePair> match_features(const ModularFeatures& a, const ModularFeatures& b) {
  const std::int64_t rows = a.values.empty() ? 0 : a.values.front().shape[0];
  require_shapes(a, a.values.size(), rows), require_shapes(b, a.values.size(), rows);
  std::vector<FeaturePair> pairs;
  for (std::size_t l = 0; l < a.values.size(); ++l) {
    const Matrix r = correlations(a.values[l], b.values[l]);
    const std::vector<std::int64_t> partner = best_assignment(r);
    for (std::int64_t i = 0; i < r.rows(); ++i)
      if (r(i, partner[i]) > 0) pairs.push_back({l, i, partner[i], r(i, partner[i])});
  }
  return pairs;
}

ModuleAgreement module_agreement(const ModularFeatures& a, const ModularFeatures& b) {
  ModuleAgreement found{.pairs = match_features(a, b)};
  Partition in_a, in_b;
  for (const FeaturePair& p : found.pairs) {
    const std::int64_t of_a = a.modules[p.layer][p.a], of_b = b.modules[p.layer][p.b];
    if (of_a >= 0 && of_b >= 0) in_a.push_back(of_a), in_b.push_back(of_b);
  }
  found.compared = std::ssize(in_a);
  const bool enough = found.compared > 1;
  const double none = std::numeric_limits<double>::quiet_NaN();
  found.adjusted_rand = enough ? adjusted_rand_index(in_a, in_b) : none;
  found.mutual_information = enough ? normalised_mutual_information(in_a, in_b) : none;
  found.variation = enough ? normalised_variation_of_information(in_a, in_b) : none;
  return found;
}

}  // namespace basin::interp
