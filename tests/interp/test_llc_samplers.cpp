// Every sampler against laws that are known, and chains that go on from where they were.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "autodiff/ops.h"
#include "core/matrix.h"
#include "core/rng.h"
#include "core/statistics.h"
#include "interp/llc/chains.h"
#include "interp/llc/finite_n.h"
#include "interp/llc/linear_finite_n.h"
#include "interp/llc/linear_gibbs.h"
#include "interp/llc/local_curvature.h"
#include "tests/interp/llc_functions.h"

using namespace basin;
using namespace basin::interp;

namespace {

Var crossing(Graph&, Var w) { return sum(square(slice(w, -1, 0, 1)) + square(square(slice(w, -1, 1, 2)))); }

Var quadratic(Graph& graph, Var w) { return 0.5 * sum(graph.constant(Tensor<double>({3}, {0.02, 1, 30})) * square(w)); }

// Wells at 0 and -2, as deep as each other, with a barrier of nβ between.
Var double_well(Graph&, Var w) { return sum(square(square(w) + 2.0 * w)); }

// Two parameters that fit 40 points.
LocalPosterior line() {
  LocalPosterior posterior{.n_beta = 30, .gamma = 1};
  posterior.model.trace = [](Graph& graph, std::int64_t rows) {
    const Var out = matmul(graph.input("x", {rows, 2}), graph.input("w", {2, 1}));
    return Ends{out, graph.name(mse(out, graph.input("t", {rows, 1})), "loss")};
  };
  posterior.model.parameters = parameters_from({{"w", Tensor<double>(Shape{2, 1})}});
  Rng rng(5, "test/line");
  posterior.data = {{"x", normal_matrix(40, 2, rng)}, {"t", normal_matrix(40, 1, rng)}};
  return posterior;
}

void check_goes_on(const LocalPosterior& posterior, const SamplerSpec& sampler) {
  const ChainSpec spec{.chains = 3, .draws = 40, .warm_up = 30, .keep_every = 4};
  ChainRun<float> whole(posterior, sampler, spec), first(posterior, sampler, spec), second(posterior, sampler, spec);
  whole.advance(40);
  first.advance(14);
  for (std::int64_t g = 0; g < first.groups(); ++g) second.restore(g, first.state(g));
  CHECK(second.draws() == 14);
  second.advance(26);
  CAPTURE(name_of(sampler.kind));
  CAPTURE(sampler.batch);
  CHECK(second.chains().u.data == whole.chains().u.data);
  CHECK(second.chains().places.data == whole.chains().places.data);
  CHECK(whole.chains().places.shape == Shape{30, 2});
  std::vector<double> damaged = first.state(0);
  damaged.pop_back();
  CHECK_THROWS_AS(second.restore(0, damaged), DataError);
  damaged.resize(damaged.size() + 2);
  CHECK_THROWS_AS(second.restore(0, damaged), DataError);
}

// Each of two runs makes some of the groups, a third brings them together.
void check_shares_out(const LocalPosterior& posterior, const SamplerSpec& sampler, std::int64_t chains) {
  const ChainSpec spec{.chains = chains, .draws = 20, .warm_up = 30, .keep_every = 4};
  ChainRun<float> whole(posterior, sampler, spec), merged(posterior, sampler, spec);
  whole.advance(20);
  REQUIRE(whole.groups() > 1);
  for (std::int64_t share = 0; share < 2; ++share) {
    ChainSpec own = spec;
    own.own = [share](std::int64_t group) { return group % 2 == share; };
    ChainRun<float> part(posterior, sampler, own), untouched(posterior, sampler, own);
    part.advance(20);
    CHECK(part.draws() == 20);
    for (std::int64_t g = share; g < part.groups(); g += 2) merged.restore(g, part.state(g));
    CHECK(part.state(1 - share) == untouched.state(1 - share));
  }
  CHECK(merged.draws() == 20);
  CHECK(merged.chains().u.data == whole.chains().u.data);
  CHECK(merged.chains().places.data == whole.chains().places.data);
  CHECK(merged.chains().step == whole.chains().step);
  CHECK(merged.gradient_variance() == whole.gradient_variance());
}

}  // namespace

TEST_CASE("each sampler finds the law of x² + y⁴, on all data") {
  const LocalPosterior posterior = function(2, crossing, 100, 1);
  const double exact = homogeneous_finite_n({{1, 2}, {1, 4}}, 100, 1).value;
  struct Row {
    SamplerSpec sampler;
    double tolerance;
  };
  for (const Row& r : {Row{{.kind = SamplerKind::sgld, .step = 5e-4}, .03}, Row{{.kind = SamplerKind::sgnht}, .03},
                       Row{{.kind = SamplerKind::mala}, .02}, Row{{.kind = SamplerKind::hmc}, .01},
                       Row{{.kind = SamplerKind::tempering, .temperatures = 3}, .02}}) {
    const Chains chains = sample<double>(posterior, r.sampler, {.chains = 32, .draws = 12000, .threads = 2});
    CAPTURE(name_of(r.sampler.kind));
    CHECK(mean(chains.u.data) == doctest::Approx(exact).epsilon(r.tolerance));
  }
}

TEST_CASE("a frozen preconditioner and a thermostat have half a parameter for each curvature, far apart as they are") {
  const LocalPosterior posterior = function(3, quadratic, 1000, 0.1);
  const double exact = quadratic_finite_n({0.02, 1, 30}, 1000, 0.1);
  const auto of = [&](const SamplerSpec& sampler) {
    return mean(
        sample<double>(posterior, sampler, {.chains = 32, .draws = 20000, .warm_up = 4000, .threads = 2}).u.data);
  };
  CHECK(of({.kind = SamplerKind::preconditioned_sgld, .step = 4e-6}) == doctest::Approx(exact).epsilon(0.02));
  CHECK(of({.kind = SamplerKind::sgnht}) == doctest::Approx(exact).epsilon(0.02));
}

TEST_CASE("chains go on from their state, equal to the bit, for every sampler, on all data and on batches") {
  constexpr SamplerKind kinds[] = {SamplerKind::sgld,  SamplerKind::preconditioned_sgld,
                                   SamplerKind::sgnht, SamplerKind::mala,
                                   SamplerKind::hmc,   SamplerKind::tempering};
  for (const SamplerKind kind : kinds) check_goes_on(function(2, crossing, 100, 1), {.kind = kind, .temperatures = 3});
  for (const SamplerKind kind : {SamplerKind::sgld, SamplerKind::preconditioned_sgld, SamplerKind::sgnht})
    for (const bool share : {false, true}) check_goes_on(line(), {.kind = kind, .batch = 5, .share_batches = share});
}

TEST_CASE("groups of chains that several runs shared out are those of one run, to the bit") {
  for (const SamplerKind kind : {SamplerKind::hmc, SamplerKind::tempering})
    check_shares_out(function(2, crossing, 100, 1), {.kind = kind, .temperatures = 3}, 40);
  for (const bool share : {false, true})
    check_shares_out(line(), {.kind = SamplerKind::sgld, .batch = 5, .share_batches = share}, 40);
  ChainRun<float> idle(line(), {}, {.chains = 40, .draws = 20, .own = [](std::int64_t) { return false; }});
  idle.advance(20);
  CHECK(idle.draws() == 0);
}

TEST_CASE("tempering visits both wells where a chain stays in its own") {
  const LocalPosterior posterior = function(1, double_well, 30, 0);
  const auto other_well = [&](const SamplerSpec& sampler) {
    const Chains chains =
        sample<double>(posterior, sampler, {.chains = 8, .draws = 4000, .threads = 2, .keep_every = 1});
    double there = 0;
    for (const double w : chains.places.data) there += w < -1;
    return there / double(chains.places.size());
  };
  CHECK(other_well({}) < 0.02);
  CHECK(other_well({.kind = SamplerKind::tempering, .temperatures = 8, .hottest = 0.02}) ==
        doctest::Approx(0.5).epsilon(0.1));
}

// Prior N(0, 1) at a true product of rank 1, singular value 1: the exact values are of this prior, not of one at w*.
TEST_CASE("two linear layers under a prior around zeros have their exact value at finite n") {
  struct Row {
    std::int64_t inputs, hidden, outputs;
    double t;
  };
  for (const Row& r : {Row{3, 2, 3, 1e3}, Row{3, 3, 3, 1e3}}) {
    LinearLaw law = LinearLaw::at_origin({r.inputs, r.hidden, r.outputs}, r.t);
    law.layers[0][0] = law.layers[1][0] = 1;
    const Chains chains = sample<double>(local_posterior(law), {}, {.chains = 32, .draws = 4000, .threads = 2});
    const double exact = linear_finite_n({r.inputs, r.hidden, r.outputs, 1}, r.t).value;
    CAPTURE(r.hidden);
    CHECK(mean(chains.u.data) == doctest::Approx(exact).epsilon(0.015));
  }
}

TEST_CASE("the curvature at w* has a count, flat directions and a descent") {
  const LocalCurvature c = local_curvature(function(3, quadratic, 10, 1));
  CHECK(c.top == doctest::Approx(30));
  CHECK(c.eigenvalues.back() == doctest::Approx(0.02));
  CHECK(c.gauss_newton(10, 1).value == doctest::Approx(quadratic_finite_n({0.02, 1, 30}, 10, 1)));
  CHECK(c.flat() == 0);
  CHECK(c.descent(10, 0) == doctest::Approx(0).epsilon(1e-12));
  CHECK(local_curvature(function(2, crossing, 10, 1)).flat() == 1);
  const auto tilted = [](Graph&, Var w) { return sum(square(w) + 0.5 * w); };
  CHECK(local_curvature(function(2, tilted, 10, 0)).descent(100, 0) == doctest::Approx(100 * 2 * 0.0625).epsilon(1e-6));
}

TEST_CASE("specs that are out of range are refused") {
  const LocalPosterior posterior = function(2, crossing, 100, 1);
  CHECK_THROWS_AS(sample<double>(posterior, {.batch = 3}, {}), UsageError);
  CHECK_THROWS_AS(sample<double>(posterior, {.kind = SamplerKind::sgnht, .friction = 0}, {}), UsageError);
  CHECK_THROWS_AS(sample<double>(posterior, {.kind = SamplerKind::tempering, .temperatures = 1}, {}), UsageError);
  CHECK_THROWS_AS(sampler_from("nuts"), UsageError);
  CHECK(sampler_from("psgld") == SamplerKind::preconditioned_sgld);
  LocalPosterior other = posterior;
  other.prior_mean = parameters_from({{"v", Tensor<double>(Shape{2})}});
  CHECK_THROWS_AS(sample<double>(other, {}, {}), ShapeError);
}
