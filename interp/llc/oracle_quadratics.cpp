// Quadratics: what each sampler shows of them, its own step and its batches included.
#include <algorithm>
#include <cmath>

#include "autodiff/ops.h"
#include "interp/llc/finite_n.h"
#include "interp/llc/function_posterior.h"
#include "interp/llc/oracle_families.h"
#include "interp/llc/sgld_on_quadratic.h"

namespace basin::interp::oracle_families {
namespace {

std::vector<double> spread(std::int64_t d, double low, double high) {
  std::vector<double> h;
  for (std::int64_t i = 0; i < d; ++i) h.push_back(low * std::pow(high / low, double(i) / double(d - 1)));
  return h;
}

// Many directions, for λ̂ has a relative error of 1/sqrt(λ) a draw.
constexpr std::int64_t dimension = 32;
const std::vector<double> curvatures = spread(dimension, 0.5, 4);
constexpr double n_beta = 100, gamma = 1, top = 4 * n_beta + gamma;
constexpr double noise = 0.5;  // of rows
constexpr std::int64_t batch = 8;

LocalPosterior quadratic(const std::vector<double>& h) {
  const std::int64_t d = std::ssize(h);
  const auto loss = [=](Graph& graph, Var w) { return 0.5 * sum(graph.constant(Tensor<double>({d}, h)) * square(w)); };
  return function_posterior(d, loss, n_beta, gamma);
}

// Rows ½ Σ h_i w_i² + z · w: over all rows the mean of z is 0, that of a batch of B of them has the variance scale² / B
// in each coordinate.
LocalPosterior noisy_quadratic(double scale) {
  constexpr std::int64_t d = dimension, n = 16;
  LocalPosterior posterior{.n_beta = n_beta, .gamma = gamma};
  posterior.model.parameters = parameters_from({{"w", Tensor<double>(Shape{d})}});
  posterior.model.trace = [](Graph& graph, std::int64_t rows) {
    const Var w = graph.input("w", {d}), z = graph.input("z", {rows, d});
    const Var whole = 0.5 * sum(graph.constant(Tensor<double>({d}, curvatures)) * square(w));
    return Ends{{}, graph.name(reshape(matmul(z, reshape(w, {d, 1})), {rows}) + whole, "loss")};
  };
  Tensor<double> z(Shape{n, d});  // all combinations of four signs
  for (std::int64_t row = 0; row < n; ++row)
    for (std::int64_t i = 0; i < d; ++i) z(row, i) = row >> i % 4 & 1 ? scale : -scale;
  posterior.data = {{"z", z}};
  return posterior;
}

auto by_steps(double step, double variance) {
  return always([=] {
    return Integrated{sgld_stationary_estimate(
        curvatures, {.step = step, .nbeta = n_beta, .gamma = gamma, .gradient_variance = variance})};
  });
}

// Frozen, P_i² is the largest mean square of a gradient over that of direction i, and these are the a_i: each direction
// has a step of its own.
auto by_own_steps(const std::vector<double>& h, double step) {
  return always([=] {
    double sum = 0;
    const double stiffest = n_beta * *std::ranges::max_element(h) + gamma;
    for (const double curvature : h) {
      const double own = step * std::sqrt(stiffest / (n_beta * curvature + gamma));
      sum += sgld_stationary_estimate({curvature}, {.step = own, .nbeta = n_beta, .gamma = gamma});
    }
    return Integrated{sum};
  });
}

LocalPosterior held_in_part() {
  LocalPosterior posterior{.n_beta = n_beta, .gamma = gamma, .free = {"layers.0.*"}};
  posterior.model.parameters = parameters_from({{"layers.0.weight", Tensor<double>(Shape{dimension})},
                                                {"layers.1.weight", Tensor<double>(Shape{3}, {1, 2, 3})}});
  posterior.model.trace = [](Graph& graph, std::int64_t) {
    const Var w = graph.input("layers.0.weight", {dimension}), v = graph.input("layers.1.weight", {3});
    const Var whole = sum(graph.constant(Tensor<double>({dimension}, curvatures)) * square(w)) * sum(square(v));
    return Ends{{}, graph.name(whole * (0.5 / 14), "loss")};  // |v|² is 14 where v is held
  };
  return posterior;
}

using Exact = std::function<Integrated(std::uint64_t)>;

const ChainSpec draws{.chains = 32, .draws = 2000, .warm_up = 300};
const ChainSpec steps{.chains = 32, .draws = 12000, .warm_up = 1000};
const ChainSpec fewer{.chains = 32, .draws = 5000, .warm_up = 1000};  // where a long step forgets sooner

// Of a sampler without bias.
Oracle unbiased(const std::string& name, const std::string& what, const LocalPosterior& posterior,
                const std::vector<double>& h, const SamplerSpec& sampler, const ChainSpec& chains) {
  const auto exact = [=] { return Integrated{quadratic_finite_n(h, n_beta, gamma)}; };
  return {.name = "quadratic/" + name,
          .what = what,
          .source = "quadratic_finite_n",
          .posterior = posterior,
          .exact = always(exact),
          .tolerance = 0.01,
          .gamma_law = sampler.batch == 0 && h == curvatures,
          .sampler = sampler,
          .chains = chains};
}

// Of steps whose own law is known.
Oracle biased(const std::string& name, const std::string& what, const LocalPosterior& posterior, const Exact& exact,
              const SamplerSpec& sampler, const ChainSpec& chains) {
  return {.name = "quadratic/" + name,
          .what = what,
          .source = "sgld_stationary_estimate",
          .posterior = posterior,
          .exact = exact,
          .tolerance = 0.01,
          .sampler = sampler,
          .chains = chains};
}

std::vector<Oracle> samplers_of_the_law() {
  using enum SamplerKind;
  const std::vector<double> flat{1, 2, 4, 8, 1, 2, 4, 8, 0, 0, 0, 0}, many = spread(100, 0.1, 10);
  const LocalPosterior plain = quadratic(curvatures), rows = noisy_quadratic(noise);
  const SamplerSpec ladder{.kind = tempering, .temperatures = 3, .hottest = 0.5};
  ChainSpec longer = draws, shorter = draws;
  longer.draws = 8000, shorter.draws = 1000;
  return {
      unbiased("hmc", "32 curvatures", plain, curvatures, {}, draws),
      unbiased("mala", "the same", plain, curvatures, {.kind = mala}, steps),
      unbiased("tempering", "the same", plain, curvatures, ladder, draws),
      unbiased("sgnht", "the same", plain, curvatures, {.kind = sgnht}, steps),
      unbiased("sgnht-batches", "the same, rows with noise", rows, curvatures, {.kind = sgnht, .batch = batch}, steps),
      unbiased("flat", "8 curvatures, 4 flat directions", quadratic(flat), flat, {}, longer),
      unbiased("100", "100 curvatures over 1e2", quadratic(many), many, {.leapfrogs = 16}, shorter),
      unbiased("held", "32 of 35 parameters move", held_in_part(), curvatures, {}, draws)};
}

std::vector<Oracle> steps_of_their_own() {
  using enum SamplerKind;
  constexpr double step = 1 / top;
  const std::vector<double> far = spread(16, 0.1, 10);
  const LocalPosterior plain = quadratic(curvatures), rows = noisy_quadratic(noise);
  const SamplerSpec heated{.kind = sgld, .step = step, .batch = batch, .control_variate = false};
  const SamplerSpec calm{.kind = sgld, .step = step, .batch = batch};
  const ChainSpec longer{.chains = 32, .draws = 32000, .warm_up = 4000};
  return {
      biased("sgld-step", "a step that adds an eighth", plain, by_steps(step, 0), {.kind = sgld, .step = step}, fewer),
      biased("sgld-long-step", "a step that adds a third", plain, by_steps(2 * step, 0),
             {.kind = sgld, .step = 2 * step}, fewer),
      biased("sgld-batches", "batches that heat", rows, by_steps(step, noise * noise / batch), heated, fewer),
      biased("sgld-control", "the same, with control variates", rows, by_steps(step, 0), calm, fewer),
      biased("psgld", "16 curvatures over 1e2", quadratic(far), by_own_steps(far, 2e-4),
             {.kind = preconditioned_sgld, .step = 2e-4}, longer)};
}

}  // namespace

std::vector<Oracle> quadratics() {
  std::vector<Oracle> all = samplers_of_the_law();
  for (Oracle& oracle : steps_of_their_own()) all.push_back(std::move(oracle));
  return all;
}

}  // namespace basin::interp::oracle_families
