#include "interp/spectra/lanczos.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/blas.h"
#include "core/lapack.h"
#include "core/matrix.h"
#include "core/parallel.h"
#include "core/rng.h"

namespace basin::interp {
namespace {

constexpr double invariant_level = 1e-13;  // of the largest entries of T

double largest_entry(const Krylov& k) {
  double largest = 0;
  for (double a : k.alpha) largest = std::max(largest, std::abs(a));
  for (double b : k.beta) largest = std::max(largest, b);
  return largest;
}

// Once leaves a part along the basis that grows with what was taken away; twice leaves rounding.
void make_orthogonal(const Krylov& k, std::span<double> w) {
  const std::int64_t rows = std::int64_t(k.basis.size()) / k.size;
  std::vector<double> along(rows);
  for (int pass = 0; pass < 2; ++pass) {
    gemv(false, rows, k.size, 1.0, k.basis.data(), k.size, w.data(), 0.0, along.data());
    gemv(true, rows, k.size, -1.0, k.basis.data(), k.size, along.data(), 1.0, w.data());
  }
}

std::span<const double> last_of(const Krylov& k) { return std::span<const double>(k.basis).last(k.size); }

// w is A times the last vector.
void step(Krylov& k, std::span<double> w) {
  k.alpha.push_back(dot(last_of(k), w));
  make_orthogonal(k, w);
  const double beta = norm(w);
  if (!std::isfinite(k.alpha.back()) || !std::isfinite(beta))
    throw NumericalError(fmt::format("lanczos: the product of step {} is not finite", k.steps()));
  k.beta.push_back(beta);
  if (k.steps() == k.size || beta <= invariant_level * largest_entry(k)) return;
  for (double v : w) k.basis.push_back(v / beta);
}

// Convergence is looked at more rarely as the tridiagonal problem grows.
std::int64_t next_check(std::int64_t steps) { return steps + std::max<std::int64_t>(8, steps / 8); }

LargestEigenvalues leading(const Krylov& k, const RitzValues& ritz, std::int64_t count, double tolerance) {
  const std::int64_t m = k.steps(), kept = std::min(count, m);
  LargestEigenvalues top{.steps = m};
  top.values.assign(ritz.values.begin(), ritz.values.begin() + kept);
  top.residuals.assign(ritz.residuals.begin(), ritz.residuals.begin() + kept);
  const double scale = std::max(std::abs(ritz.values.front()), std::abs(ritz.values.back()));
  top.converged = (kept == count || k.invariant()) &&
                  *std::max_element(top.residuals.begin(), top.residuals.end()) <= tolerance * scale;
  return top;
}

}  // namespace

Krylov krylov_from(std::vector<double> start) {
  const double length = norm(start);
  if (!(length > 0) || !std::isfinite(length))
    throw NumericalError(fmt::format("lanczos: a start vector of length {} given, wanted a finite one", length));
  for (double& v : start) v /= length;
  return {.size = std::int64_t(start.size()), .basis = std::move(start)};
}

Krylov random_krylov(std::int64_t size, std::uint64_t seed, std::int64_t index) {
  std::vector<double> start(size);
  Rng(seed, "lanczos/" + std::to_string(index)).fill_normal(std::span(start));
  return krylov_from(std::move(start));
}

void extend(Krylov& krylov, const Operator& op, std::int64_t steps) { extend({&krylov, 1}, op, steps); }

void extend(std::span<Krylov> spaces, const Operator& op, std::int64_t steps, int threads) {
  std::vector<Krylov*> active;
  for (Krylov& k : spaces) {
    if (k.size != op.size)
      throw ShapeError(fmt::format("lanczos: vectors of {} numbers given for an operator of {}", k.size, op.size));
    k.basis.reserve((std::min(steps, k.size) + 1) * k.size);
    active.push_back(&k);
  }
  while (true) {
    std::erase_if(active, [&](const Krylov* k) { return k->steps() >= steps || k->invariant(); });
    if (active.empty()) return;
    Matrix last({std::ssize(active), op.size}), product(last.shape);
    for (std::size_t i = 0; i < active.size(); ++i) std::ranges::copy(last_of(*active[i]), last.row(i).begin());
    op.apply(last.data, product.data);
    parallel_for(threads, std::ssize(active), [&](std::int64_t i, int) { step(*active[i], product.row(i)); });
  }
}

RitzValues ritz_values(const Krylov& krylov, std::int64_t steps) {
  if (steps < 1 || steps > krylov.steps())
    throw UsageError(fmt::format("ritz_values: {} steps given, wanted 1 to {}", steps, krylov.steps()));
  Matrix T({steps, steps});
  for (std::int64_t i = 0; i < steps; ++i) {
    T(i, i) = krylov.alpha[i];
    if (i + 1 < steps) T(i, i + 1) = T(i + 1, i) = krylov.beta[i];
  }
  auto [values, vectors] = eigh(std::move(T));
  RitzValues ritz{.values = std::move(values)};
  for (std::int64_t i = 0; i < steps; ++i) {
    ritz.residuals.push_back(krylov.beta[steps - 1] * std::abs(vectors(steps - 1, i)));
    ritz.weights.push_back(vectors(0, i) * vectors(0, i));
  }
  ritz.vectors = std::move(vectors);
  return ritz;
}

LargestEigenvalues largest_eigenvalues(const Operator& op, std::int64_t count, const EigenvalueOptions& options) {
  if (count < 1 || options.max_steps < 1 || !(options.tolerance > 0))
    throw UsageError(
        fmt::format("largest_eigenvalues: count {}, max_steps {} and tolerance {} given, wanted more than 0", count,
                    options.max_steps, options.tolerance));
  Krylov krylov = random_krylov(op.size, options.seed);
  const std::int64_t most = std::min(options.max_steps, op.size);
  std::int64_t steps = std::min(most, count);
  while (true) {
    extend(krylov, op, steps = std::min(most, next_check(steps)));
    const RitzValues ritz = ritz_values(krylov, krylov.steps());
    LargestEigenvalues top = leading(krylov, ritz, count, options.tolerance);
    if (!top.converged && !krylov.invariant() && steps < most) continue;
    const auto kept = std::int64_t(top.values.size());
    top.vectors = Matrix({kept, op.size});
    gemm(true, false, kept, op.size, top.steps, 1.0, ritz.vectors.data.data(), top.steps, krylov.basis.data(), op.size,
         0.0, top.vectors.data.data(), op.size);
    return top;
  }
}

}  // namespace basin::interp
