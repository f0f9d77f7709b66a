#include "interp/llc/local_curvature.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>

#include "core/lapack.h"
#include "core/matrix.h"
#include "interp/llc/chain_program.h"
#include "interp/spectra/lanczos.h"

namespace basin::interp {
namespace {

constexpr double flat_share = 1e-8;  // of the top curvature: below, differences of gradients see nothing

class Differences {
 public:
  explicit Differences(const LocalPosterior& posterior)
      : together_(std::clamp<std::int64_t>(2048 / std::max<std::int64_t>(posterior.dimension(), 1), 1, 16)),
        program_(ChainProgram<double>::make(posterior, {.chains = 2 * together_})),
        moved_(std::size_t(program_->dimension())) {
    double scale = 1;
    for (const double w : program_->center().flat()) scale = std::max(scale, std::abs(w));
    h_ = 1e-5 * scale;
  }

  std::int64_t dimension() const { return program_->dimension(); }

  void apply(std::span<const double> v, std::span<double> out) {
    const std::lock_guard lock(mutex_);
    const std::size_t size = std::size_t(program_->dimension()), count = v.size() / size;
    for (std::size_t first = 0; first < count; first += std::size_t(together_)) {
      const std::size_t some = std::min(count - first, std::size_t(together_));
      for (std::size_t k = 0; k < some; ++k)
        for (const int side : {0, 1})
          go(std::int64_t(2 * k) + side, v.subspan((first + k) * size, size), side ? -h_ : h_);
      program_->run();
      for (std::size_t k = 0; k < some; ++k) difference(std::int64_t(2 * k), out.subspan((first + k) * size, size));
    }
  }

 private:
  void go(std::int64_t chain, std::span<const double> v, double by) {
    for (std::size_t i = 0; i < moved_.size(); ++i) moved_[i] = program_->center().flat()[i] + by * v[i];
    program_->move(chain, moved_);
  }
  void difference(std::int64_t chain, std::span<double> out) {
    const std::span<const double> g = program_->gradient();
    program_->layout().for_chain(chain, [&](std::size_t at, std::size_t own) { out[own] = g[at] / (2 * h_); });
    program_->layout().for_chain(chain + 1, [&](std::size_t at, std::size_t own) { out[own] -= g[at] / (2 * h_); });
  }

  std::mutex mutex_;
  std::int64_t together_;
  std::unique_ptr<ChainProgram<double>> program_;
  std::vector<double> moved_;
  double h_ = 0;
};

void take_eigenvalues(LocalCurvature& c, const Operator& hessian) {
  Matrix all = identity(c.dimension), products({c.dimension, c.dimension});
  hessian.apply(all.data, products.data);
  for (std::int64_t i = 0; i < c.dimension; ++i)
    for (std::int64_t j = 0; j < i; ++j) products(i, j) = products(j, i) = (products(i, j) + products(j, i)) / 2;
  const auto eigen = eigh(products, true);
  for (std::int64_t k = 0; k < c.dimension; ++k) {
    double part = 0;
    for (std::int64_t i = 0; i < c.dimension; ++i) part += eigen.vectors(i, k) * c.gradient[i];
    c.eigenvalues.push_back(eigen.values[k]);
    c.along.push_back(part * part);
  }
  c.top = c.eigenvalues.front();
}

}  // namespace

Operator local_hessian(const LocalPosterior& posterior) {
  const auto differences = std::make_shared<Differences>(posterior);
  return {differences->dimension(),
          [=](std::span<const double> v, std::span<double> out) { differences->apply(v, out); }};
}

LocalCurvature local_curvature(const LocalPosterior& posterior, int threads) {
  posterior.validate();
  LocalCurvature c;
  const auto center = ChainProgram<double>::make(posterior, {});
  center->run();
  c.loss = center->loss(0);
  if (!std::isfinite(c.loss)) throw NumericalError(fmt::format("chains: the loss at w* is {}", c.loss));
  c.dimension = center->dimension();
  c.gradient.assign(center->gradient().begin(), center->gradient().end());
  for (const double g : c.gradient) c.gradient_norm += g * g;
  c.gradient_norm = std::sqrt(c.gradient_norm);
  const Operator hessian = local_hessian(posterior);
  if (c.dimension <= LocalCurvature::dense_dimension) {
    take_eigenvalues(c, hessian);
  } else {
    c.top = largest_eigenvalues(hessian, 1, {.tolerance = 1e-3, .max_steps = 60}).values[0];
    c.quadrature = lanczos_quadrature(hessian, {.probes = 5, .steps = 60, .threads = threads});
  }
  return c;
}

LocalCurvature::Count LocalCurvature::gauss_newton(double n_beta, double gamma) const {
  const double cutoff = std::max(gamma / n_beta, flat_share * top);
  if (!(top > 0)) return {};
  if (eigenvalues.empty()) {
    const SpectralSum sum = soft_count(quadrature, cutoff);
    return {sum.value / 2, (sum.standard_error + sum.unresolved) / 2};
  }
  double sum = 0;
  for (const double h : eigenvalues)
    if (h > flat_share * top) sum += gamma > 0 ? h / (h + gamma / n_beta) : 1;
  return {sum / 2, 0};
}

std::int64_t LocalCurvature::flat() const {
  if (eigenvalues.empty()) return -1;
  return std::ranges::count_if(eigenvalues, [&](double h) { return h <= flat_share * std::max(top, 0.0); });
}

double LocalCurvature::descent(double n_beta, double gamma) const {
  if (gradient_norm == 0) return 0;
  if (eigenvalues.empty()) return n_beta * gradient_norm * gradient_norm / (2 * top);
  double sum = 0;
  for (std::size_t i = 0; i < eigenvalues.size(); ++i)
    sum += along[i] / (2 * (std::max(eigenvalues[i], 0.0) + std::max(gamma / n_beta, flat_share * std::abs(top))));
  return n_beta * sum;
}

}  // namespace basin::interp
