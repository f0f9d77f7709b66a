// Networks: linear layers at their origin, at a truth and at points of other ranks; one and two hidden units.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "autodiff/ops.h"
#include "interp/llc/deep_linear_finite_n.h"
#include "interp/llc/learning_coefficient.h"
#include "interp/llc/linear_finite_n.h"
#include "interp/llc/linear_gibbs.h"
#include "interp/llc/network_coefficient.h"
#include "interp/llc/oracle_families.h"
#include "interp/llc/units_finite_n.h"

namespace basin::interp::oracle_families {
namespace {

// Two layers with B A of the singular value `truth`, or 0, under N(0, 1).
LinearLaw two_layers(const LinearLayers& sizes, double t) {
  LinearLaw law = LinearLaw::at_origin({sizes.inputs, sizes.hidden, sizes.outputs}, t);
  law.layers[0][0] = law.layers[1][0] = std::sqrt(sizes.truth);
  return law;
}

Oracle reduced_rank(const LinearLayers& sizes, double t, const SamplerSpec& sampler, std::int64_t draws) {
  return {
      .name = fmt::format("layers/{}-{}-{}-rank{}", sizes.inputs, sizes.hidden, sizes.outputs, sizes.truth > 0 ? 1 : 0),
      .what = sizes.truth > 0 ? fmt::format("two linear layers, truth {:g}", sizes.truth) : "two linear layers at 0",
      .source = "linear_finite_n",
      .posterior = local_posterior(two_layers(sizes, t)),
      .exact = always([=] { return linear_finite_n(sizes, t); }),
      .tolerance = 0.02,
      .sampler = sampler,
      .chains = {.chains = 32, .draws = draws, .warm_up = 300}};
}

// The same loss from rows of white inputs, ±sqrt(N) along each axis.
Oracle on_rows() {
  const LinearLayers sizes{3, 2, 3, 1};
  Oracle oracle = reduced_rank(sizes, 1e3, {.leapfrogs = 8}, 3000);
  oracle.name += "-rows", oracle.what += ", from rows of data";
  Tensor<double> x(Shape{6, 3}), y(Shape{6, 3});
  for (std::int64_t i = 0; i < 3; ++i) x(2 * i, i) = std::sqrt(3.0), x(2 * i + 1, i) = -std::sqrt(3.0);
  for (std::int64_t row = 0; row < 6; ++row) y(row, 0) = x(row, 0);
  oracle.posterior.data = {{"x", x}, {"y", y}};
  oracle.posterior.model.trace = [](Graph& graph, std::int64_t rows) {
    const Var A = graph.input("layers.0.weight", {2, 3}), B = graph.input("layers.1.weight", {3, 2});
    const Var out = matmul(matmul(graph.input("x", {rows, 3}), A, false, true), B, false, true);
    return Ends{out, graph.name(sum(square(out - graph.input("y", {rows, 3})), {-1}), "loss")};
  };
  return oracle;
}

Oracle deep(const std::vector<std::int64_t>& widths, double t, int leapfrogs, std::int64_t draws) {
  return {.name = fmt::format("layers/{}", fmt::join(widths, "-")),
          .what = fmt::format("{} linear layers at 0", widths.size() - 1),
          .source = "deep_linear_finite_n",
          .posterior = local_posterior(LinearLaw::at_origin(widths, t)),
          .exact = always([=] { return deep_linear_finite_n(widths, t); }),
          .tolerance = 0.02,
          .sampler = {.leapfrogs = leapfrogs},
          .chains = {.chains = 32, .draws = draws, .warm_up = 300}};
}

struct Stratum {
  std::int64_t inputs, hidden, outputs;
  FactorRanks ranks;
  double size, t;  // of the singular values of both factors; nβ
  bool around_zeros;
};

// Units of A alone stand behind those of both, units of B alone behind these.
LinearLaw law_of(const Stratum& s) {
  LinearLaw law = LinearLaw::at_origin({s.inputs, s.hidden, s.outputs}, s.t);
  law.around_zeros = s.around_zeros;
  const auto [p, q, r] = s.ranks;
  for (std::int64_t i = 0; i < p; ++i) law.layers[0](i, i) = s.size;
  for (std::int64_t i = 0; i < q; ++i) law.layers[1](i, i < r ? i : p + i - r) = s.size;
  return law;
}

Oracle at_stratum(const Stratum& s, const SamplerSpec& sampler, std::int64_t draws) {
  const auto [p, q, r] = s.ranks;
  const auto drawn = [law = law_of(s)](std::uint64_t seed) {
    const ChainMean mean = chain_mean(linear_gibbs(law, {.chains = 8, .draws = 3000, .warm_up = 200, .seed = seed}).u);
    return Integrated{mean.mean, 1.96 * mean.error};
  };
  return {.name = fmt::format("stratum/{}-{}-{}-ranks-{}-{}-{}", s.inputs, s.hidden, s.outputs, p, q, r),
          .what = fmt::format("rank A, B, B A: {}, {}, {}; λ here {:g}, least {:g}", p, q, r,
                              local_linear_coefficient(s.inputs, s.hidden, s.outputs, s.ranks).lambda,
                              reduced_rank_coefficient(s.inputs, s.hidden, s.outputs, r).lambda),
          .source = "linear_gibbs",
          .posterior = local_posterior(law_of(s)),
          .exact = drawn,
          .tolerance = 0.03,
          .sampler = sampler,
          .chains = {.chains = 32, .draws = draws, .warm_up = 300}};
}

const std::vector<double> inputs{-1.5, -0.5, 0.75, 1.25};

Oracle of_units(const std::string& name, const std::string& what, const UnitsLaw& law, const SamplerSpec& sampler,
                std::int64_t draws) {
  return {.name = "units/" + name,
          .what = what,
          .source = "units_finite_n",
          .posterior = local_posterior(law),
          .exact = always([=] { return units_finite_n(law); }),
          .tolerance = 0.03,
          .sampler = sampler,
          .chains = {.chains = 32, .draws = draws, .warm_up = 300}};
}

// a relu(b · x) with a = 1: what rows see is a b, so as long as no row changes sides it is a quadratic in N directions,
// with a free. γ takes γ / nβ of it, a thousandth.
Oracle wide_relu() {
  constexpr std::int64_t N = 3, n = 8;
  LocalPosterior posterior{.n_beta = 1e5, .gamma = 100};
  posterior.model.parameters =
      parameters_from({{"a", Tensor<double>(Shape{1}, {1})}, {"b", Tensor<double>(Shape{N, 1}, {1, 0.5, 0.2})}});
  posterior.model.trace = [](Graph& graph, std::int64_t rows) {
    const Var a = graph.input("a", {1}), b = graph.input("b", {N, 1}), x = graph.input("x", {rows, N});
    const Var out = reshape(relu(matmul(x, b)), {rows}) * a;
    return Ends{out, graph.name(square(out - graph.input("t", {rows})), "loss")};
  };
  Tensor<double> x(Shape{n, N}), t(Shape{n});
  for (std::int64_t row = 0; row < n; ++row) {  // all combinations of signs
    for (std::int64_t i = 0; i < N; ++i) x(row, i) = row >> i & 1 ? 1 : -1;
    t[row] = std::max(x(row, 0) + 0.5 * x(row, 1) + 0.2 * x(row, 2), 0.0);
  }
  posterior.data = {{"x", x}, {"t", t}};
  return {.name = "units/relu-3-inputs",
          .what = "one relu of 3 inputs: a curve of minima",
          .source = "morse_bott",
          .posterior = posterior,
          .exact = always([] { return Integrated{morse_bott(N).lambda}; }),
          .tolerance = 0.02,
          .sampler = {.leapfrogs = 8},
          .chains = {.chains = 32, .draws = 4000, .warm_up = 300}};
}

}  // namespace

std::vector<Oracle> linear_layers() {
  const SamplerSpec plain{}, longer{.leapfrogs = 16};
  return {reduced_rank({1, 1, 1, 1}, 1e3, plain, 9000),
          reduced_rank({2, 1, 2, 0}, 1e4, longer, 7000),
          reduced_rank({2, 2, 2, 0}, 1e4, longer, 4500),
          reduced_rank({3, 2, 3, 0}, 1e4, longer, 3000),
          reduced_rank({3, 3, 3, 0}, 1e4, longer, 2500),
          reduced_rank({4, 8, 3, 0}, 1e4, plain, 2000),
          reduced_rank({3, 2, 3, 1}, 1e3, longer, 2500),
          reduced_rank({3, 3, 3, 1}, 1e4, longer, 2500),
          reduced_rank({5, 3, 5, 1}, 1e3, longer, 1000),
          on_rows(),
          deep({3, 1, 3, 3}, 1e4, 16, 5500),
          deep({5, 1, 2, 5}, 1e4, 16, 8000),
          deep({4, 2, 1, 3, 4}, 1e3, 16, 8000),
          deep({2, 2, 2, 2}, 1e4, 24, 7000)};
}

std::vector<Oracle> strata() {
  const SamplerSpec longer{.leapfrogs = 32};
  return {at_stratum({3, 3, 3, {2, 2, 2}, 1, 1e4, true}, longer, 1000),
          at_stratum({2, 2, 2, {2, 1, 1}, 20, 1e6, false}, longer, 1600),
          at_stratum({3, 2, 3, {2, 2, 2}, 20, 1e6, false}, longer, 800),
          at_stratum({3, 3, 3, {3, 2, 2}, 20, 1e6, false}, longer, 800),
          at_stratum({3, 3, 5, {3, 1, 1}, 20, 1e6, false}, longer, 800)};
}

std::vector<Oracle> units() {
  const SamplerSpec plain{}, longer{.leapfrogs = 24};
  using enum UnitKind;
  return {
      of_units("tanh-1-t100", "one tanh unit, truth 0", {tanh, {0}, {0}, inputs, 1e2, 1, true}, plain, 6000),
      of_units("tanh-1-t1e4", "the same", {tanh, {0}, {0}, inputs, 1e4, 1, true}, longer, 6500),
      of_units("tanh-2", "two, truth 0", {tanh, {0, 0}, {0, 0}, inputs, 1e3, 1, true}, longer, 5000),
      of_units("tanh-duplicated", "two alike, truth one", {tanh, {0.5, 0.5}, {1, 1}, inputs, 1e3, 10, false}, longer,
               2500),
      of_units("tanh-dead", "one that nothing reads", {tanh, {1, 0}, {1, 0.4}, inputs, 1e3, 10, false}, longer, 2500),
      of_units("tanh-doubly-dead", "one that reads nothing, too", {tanh, {1, 0}, {1, 0}, inputs, 1e3, 10, false},
               longer, 2500),
      of_units("relu-1", "one relu, truth 0", {relu, {0}, {0}, inputs, 1e3, 1, true}, plain, 8000),
      of_units("relu-2", "two, truth 0", {relu, {0, 0}, {0, 0}, inputs, 1e3, 1, true}, plain, 6500),
      of_units("relu-duplicated", "two alike, truth one", {relu, {1, 1}, {1, 1}, inputs, 1e4, 10, false}, plain, 5000),
      wide_relu()};
}

}  // namespace basin::interp::oracle_families
