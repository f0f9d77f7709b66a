// Chains against laws that are known: quadratics with the sampler's own bias, homogeneous potentials, crossings.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <csignal>

#include "autodiff/ops.h"
#include "core/interrupt.h"
#include "core/lapack.h"
#include "core/matrix.h"
#include "core/rng.h"
#include "interp/llc/chains.h"
#include "tests/interp/llc_functions.h"

using namespace basin;
using namespace basin::interp;

TEST_CASE("hmc finds the exact law of homogeneous potentials, with a step of its own") {
  const LocalPosterior x2y4 = function(
      2,
      [](Graph&, Var w) {
        const Var x = slice(w, -1, 0, 1), y = slice(w, -1, 1, 2);
        return sum(square(x) + square(square(y)));
      },
      100, 0);
  const Chains chains = sample<double>(x2y4, {}, {.chains = 16, .draws = 4000, .seed = 3, .threads = 2});
  CHECK(mean(chains.u.data) == doctest::Approx(0.75).epsilon(0.02));
  for (const double a : chains.acceptance) CHECK(a > 0.6);
}

TEST_CASE("sgld has the stationary value that its step gives it on a quadratic") {
  const std::vector<double> h{0.2, 1, 3};
  const double n_beta = 100, gamma = 2;
  const LocalPosterior quadratic = function(
      3, [&](Graph& graph, Var w) { return 0.5 * sum(graph.constant(Tensor<double>({3}, h)) * square(w)); }, n_beta,
      gamma);
  for (const double step : {0.0, 0.003, 0.01}) {
    const Chains chains = sample<double>(quadratic, {.kind = SamplerKind::sgld, .step = step},
                                         {.chains = 32, .draws = 20000, .warm_up = 2000, .seed = 1, .threads = 2});
    double expected = 0;
    for (const double curvature : h) {
      const double a = n_beta * curvature + gamma, eps = chains.step[0];
      expected += 0.5 * n_beta * curvature / (a * (1 - eps * a / 4));
    }
    CAPTURE(step);
    CHECK(chains.top_curvature == doctest::Approx(3).epsilon(1e-6));
    CHECK(mean(chains.u.data) == doctest::Approx(expected).epsilon(0.01));
  }
}

TEST_CASE("hmc finds the exact values of localised potentials and of crossings") {
  const auto x2y4 = [](Graph&, Var w) { return sum(square(slice(w, -1, 0, 1)) + square(square(slice(w, -1, 1, 2)))); };
  const std::vector<std::pair<double, double>> localised{{1, 0.7392}, {10, 0.6565}, {100, 0.3567}};
  for (const auto& [gamma, exact] : localised) {
    const Chains chains =
        sample<double>(function(2, x2y4, 100, gamma), {}, {.chains = 16, .draws = 8000, .threads = 2});
    CAPTURE(gamma);
    CHECK(mean(chains.u.data) == doctest::Approx(exact).epsilon(0.01));
  }
  const auto power = [](Var w, int n) {
    Var p = w;
    for (int i = 1; i < n; ++i) p = p * w;
    return square(p);
  };
  struct Row {
    int a, b;
    double t, exact;
  };
  for (const Row& r : {Row{1, 1, 1e2, .3542}, Row{1, 1, 579, .3833}, Row{1, 1, 1e4, .4123}, Row{1, 2, 579, .2212},
                       Row{2, 2, 1e2, .1471}, Row{2, 2, 1e4, .1785}, Row{1, 3, 1e4, .1579}, Row{3, 3, 579, .0956}}) {
    const auto crossing = [&](Graph&, Var w) {
      return sum(power(slice(w, -1, 0, 1), r.a) * power(slice(w, -1, 1, 2), r.b));
    };
    const Chains chains =
        sample<double>(function(2, crossing, r.t, 1), {}, {.chains = 32, .draws = 8000, .threads = 2});
    CAPTURE(r.a);
    CAPTURE(r.b);
    CAPTURE(r.t);
    CHECK(mean(chains.u.data) == doctest::Approx(r.exact).epsilon(0.02));
  }
}

TEST_CASE("sgld on batches, paired and with control variates, is right where few-batch estimates are noise") {
  constexpr std::int64_t n = 1000, d = 5;
  Rng rng(4, "test/regression");
  const Matrix x = normal_matrix(n, d, rng), noise = normal_matrix(n, 1, rng);
  LocalPosterior regression;
  regression.model.trace = [](Graph& graph, std::int64_t rows) {
    const Var out = matmul(graph.input("x", {rows, d}), graph.input("w", {d, 1}));
    return Ends{out, graph.name(sum(square(out - graph.input("t", {rows, 1})), {-1}), "loss")};
  };
  regression.data = {{"x", x}, {"t", noise}};
  Matrix gram({d, d}), moment({d, 1});
  for (std::int64_t s = 0; s < n; ++s)
    for (std::int64_t i = 0; i < d; ++i) {
      moment[i] += x(s, i) * noise[s] / double(n);
      for (std::int64_t j = 0; j < d; ++j) gram(i, j) += x(s, i) * x(s, j) / double(n);
    }
  Tensor<double> best(Shape{d, 1});
  best.data = solve(gram, moment).data;  // least squares: the minimum
  regression.model.parameters = parameters_from({{"w", best}});
  regression.n_beta = double(n) / std::log(double(n)), regression.gamma = 1;
  const Chains chains = sample<double>(regression, {.kind = SamplerKind::sgld, .step = 5e-4, .batch = 32},
                                       {.chains = 16, .draws = 20000, .warm_up = 2000, .threads = 2});
  double expected = 0;
  for (const double curvature : eigh(gram, false).values) {
    const double h = 2 * curvature, a = regression.n_beta * h + 1;
    expected += 0.5 * regression.n_beta * h / (a * (1 - 5e-4 * a / 4));
  }
  CHECK(mean(chains.u.data) == doctest::Approx(expected).epsilon(0.02));
}

TEST_CASE("chains are the same for one thread and for three") {
  const auto quartic = [](Graph&, Var w) { return sum(square(square(w))); };
  for (const SamplerKind kind : {SamplerKind::hmc, SamplerKind::sgld}) {
    const SamplerSpec sampler{.kind = kind, .step = kind == SamplerKind::sgld ? 1e-3 : 0};
    const auto u = [&](int threads) {
      return sample<float>(function(3, quartic, 50, 1), sampler,
                           {.chains = 7, .draws = 50, .warm_up = 30, .threads = threads})
          .u.data;
    };
    CHECK(u(1) == u(3));
  }
}

TEST_CASE("a signal leaves a sample without a result, and a run with the draws that it had") {
  const LocalPosterior posterior = function(
      2, [](Graph&, Var w) { return sum(square(w)); }, 10, 1);
  watch_interrupts();
  ChainSpec spec{.chains = 2, .draws = 1000, .warm_up = 20};
  spec.progress = [](std::int64_t, std::int64_t) { std::raise(SIGINT); };
  CHECK_THROWS_AS(sample<double>(posterior, {}, spec), Interrupted);
  watch_interrupts();  // forgets the signal
  ChainRun<double> run(posterior, {}, spec);
  run.advance(1000);
  CHECK(run.draws() > 0);
  CHECK(run.draws() < 1000);
  watch_interrupts();
}
