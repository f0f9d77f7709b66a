#include "interp/llc/linear_gibbs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "autodiff/ops.h"
#include "core/interrupt.h"
#include "core/lapack.h"
#include "core/matrix.h"
#include "core/parallel.h"
#include "core/rng.h"

namespace basin::interp {
namespace {

// One point of a density on the line from its logarithm, beside a point of it: stepping out and shrinkage.
template <class LogDensity>
double slice_step(double at, const LogDensity& density, Rng& rng) {
  const double level = density(at) + std::log(1 - rng.uniform());
  double low = at - rng.uniform(), high = low + 1;
  while (density(low) > level) low -= 1;
  while (density(high) > level) high += 1;
  for (;;) {
    const double next = rng.uniform(low, high);
    if (density(next) > level) return next;
    (next < at ? low : high) = next;
  }
}

class LinearChain {
 public:
  LinearChain(const LinearLaw& law, Rng rng)
      : t_(law.n_beta), gamma_(law.gamma), truth_(law.truth()), layers_(law.layers), prior_(layers_), rng_(rng) {
    if (law.around_zeros)
      for (Matrix& mean : prior_) std::ranges::fill(mean.data, 0.0);
  }

  void round() {
    for (std::size_t k = 0; k < layers_.size(); ++k) draw_layer(k);
    for (std::size_t k = 0; k + 1 < layers_.size(); ++k) draw_orbit(k);
  }
  double u() const {
    const Matrix map = product(0, layers_.size());
    double sum = 0;
    for (std::int64_t i = 0; i < map.size(); ++i) sum += (map[i] - truth_[i]) * (map[i] - truth_[i]);
    return t_ * sum;
  }
  const std::vector<Matrix>& layers() const { return layers_; }

 private:
  // W_{last-1} … W_first; the identity if there are none.
  Matrix product(std::size_t first, std::size_t last) const {
    Matrix map = identity(first < layers_.size() ? layers_[first].cols() : truth_.rows());
    for (std::size_t k = first; k < last; ++k) map = matmul(layers_[k], map);
    return map;
  }

  void draw_layer(std::size_t k) {
    const Matrix before = product(0, k), behind = product(k + 1, layers_.size());
    const Eigh left = eigh(matmul(behind, behind, true)), right = eigh(matmul(before, before, false, true));
    Matrix pull = matmul(matmul(behind, truth_, true), before, false, true);
    for (std::int64_t i = 0; i < pull.size(); ++i) pull[i] = 2 * t_ * pull[i] + gamma_ * prior_[k][i];
    Matrix turned = matmul(matmul(left.vectors, pull, true), right.vectors);
    for (std::int64_t i = 0; i < turned.rows(); ++i)
      for (std::int64_t j = 0; j < turned.cols(); ++j) {
        const double precision = 2 * t_ * std::max(left.values[i] * right.values[j], 0.0) + gamma_;
        turned(i, j) = turned(i, j) / precision + rng_.normal() / std::sqrt(precision);
      }
    layers_[k] = matmul(matmul(left.vectors, turned), right.vectors, false, true);
  }

  void draw_orbit(std::size_t k) {
    for (std::int64_t i = 0; i < layers_[k].rows(); ++i)
      for (std::int64_t j = 0; j < layers_[k].rows(); ++j) i == j ? scale(k, i) : shear(k, i, j);
  }

  // Row i of W_k gets θ of row j, column j of W_{k+1} loses θ of column i.
  void shear(std::size_t k, std::int64_t i, std::int64_t j) {
    Matrix &in = layers_[k], &out = layers_[k + 1];
    double precision = 0, pull = 0;
    for (std::int64_t c = 0; c < in.cols(); ++c) {
      precision += in(j, c) * in(j, c);
      pull -= in(j, c) * (in(i, c) - prior_[k](i, c));
    }
    for (std::int64_t r = 0; r < out.rows(); ++r) {
      precision += out(r, i) * out(r, i);
      pull += out(r, i) * (out(r, j) - prior_[k + 1](r, j));
    }
    const double theta = pull / precision + rng_.normal() / std::sqrt(gamma_ * precision);
    for (std::int64_t c = 0; c < in.cols(); ++c) in(i, c) += theta * in(j, c);
    for (std::int64_t r = 0; r < out.rows(); ++r) out(r, j) -= theta * out(r, i);
  }

  // Row i of W_k by e^y, column i of W_{k+1} by e^-y; volumes go by e^{y (inputs - outputs)}.
  void scale(std::size_t k, std::int64_t i) {
    Matrix &in = layers_[k], &out = layers_[k + 1];
    const auto log_density = [&](double y) {
      const double longer = std::exp(y), shorter = std::exp(-y);
      double squares = 0;
      for (std::int64_t c = 0; c < in.cols(); ++c) squares += std::pow(longer * in(i, c) - prior_[k](i, c), 2);
      for (std::int64_t r = 0; r < out.rows(); ++r) squares += std::pow(shorter * out(r, i) - prior_[k + 1](r, i), 2);
      return double(in.cols() - out.rows()) * y - gamma_ / 2 * squares;
    };
    const double y = slice_step(0, log_density, rng_);
    for (std::int64_t c = 0; c < in.cols(); ++c) in(i, c) *= std::exp(y);
    for (std::int64_t r = 0; r < out.rows(); ++r) out(r, i) *= std::exp(-y);
  }

  double t_, gamma_;
  Matrix truth_;
  std::vector<Matrix> layers_, prior_;
  Rng rng_;
};

std::string layer_name(std::size_t k) { return fmt::format("layers.{}.weight", k); }

double distance(const std::vector<Matrix>& a, const std::vector<Matrix>& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k)
    for (std::int64_t i = 0; i < a[k].size(); ++i) sum += (a[k][i] - b[k][i]) * (a[k][i] - b[k][i]);
  return std::sqrt(sum);
}

}  // namespace

LinearLaw LinearLaw::at_origin(const std::vector<std::int64_t>& widths, double n_beta, double gamma) {
  LinearLaw law{.n_beta = n_beta, .gamma = gamma, .around_zeros = true};
  for (std::size_t k = 0; k + 1 < widths.size(); ++k) law.layers.emplace_back(Shape{widths[k + 1], widths[k]});
  return law;
}

Matrix LinearLaw::truth() const {
  if (layers.empty()) throw ShapeError("linear layers: there are none");
  Matrix map = layers[0];
  for (std::size_t k = 1; k < layers.size(); ++k) map = matmul(layers[k], map);
  return map;
}

LocalPosterior local_posterior(const LinearLaw& law) {
  LocalPosterior posterior{.n_beta = law.n_beta, .gamma = law.gamma};
  posterior.model.trace = [truth = law.truth(), layers = law.layers](Graph& graph, std::int64_t) {
    Var map = graph.input(layer_name(0), layers[0].shape);
    for (std::size_t k = 1; k < layers.size(); ++k) map = matmul(graph.input(layer_name(k), layers[k].shape), map);
    return Ends{map, graph.name(sum(square(map - graph.constant(truth))), "loss")};
  };
  std::vector<NamedTensor> tensors;
  for (std::size_t k = 0; k < law.layers.size(); ++k) tensors.push_back({layer_name(k), law.layers[k]});
  posterior.model.parameters = parameters_from(tensors);
  if (law.around_zeros) posterior.center_prior_at_zeros();
  return posterior;
}

Chains linear_gibbs(const LinearLaw& law, const ChainSpec& spec) {
  if (!(law.n_beta > 0) || !(law.gamma > 0) || spec.chains < 1 || spec.draws < 1 || spec.warm_up < 0)
    throw UsageError(fmt::format(
        "linear Gibbs: nβ {}, γ {}, {} chains of {} draws behind {} given; wanted the first two above 0, the others "
        "from 1, 1 and 0",
        law.n_beta, law.gamma, spec.chains, spec.draws, spec.warm_up));
  Chains all{.u = Matrix({spec.chains, spec.draws}), .distance = Matrix({spec.chains, spec.draws})};
  all.step.assign(std::size_t(spec.chains), 0), all.acceptance.assign(std::size_t(spec.chains), 1);
  parallel_for(spec.threads, spec.chains, [&](std::int64_t c, int) {
    LinearChain chain(law, Rng(spec.seed, "gibbs").stream(std::to_string(c)));
    for (std::int64_t draw = -spec.warm_up; draw < spec.draws; ++draw) {
      if (interrupted()) throw Interrupted("linear Gibbs: stopped");
      chain.round();
      if (draw < 0) continue;
      all.u(c, draw) = chain.u();
      all.distance(c, draw) = distance(chain.layers(), law.layers);
    }
  });
  return all;
}

}  // namespace basin::interp
