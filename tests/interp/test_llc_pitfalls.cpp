// How estimates of learning coefficients go wrong, each fault beside its remedy (docs/theory.md §6.4).
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "autodiff/ops.h"
#include "core/autocorrelation.h"
#include "core/lapack.h"
#include "core/matrix.h"
#include "core/rng.h"
#include "core/statistics.h"
#include "interp/llc/estimate.h"
#include "interp/llc/finite_n.h"
#include "interp/llc/linear_gibbs.h"
#include "interp/llc/network_coefficient.h"
#include "interp/llc/sgld_on_quadratic.h"
#include "tests/interp/llc_functions.h"

using namespace basin;
using namespace basin::interp;

namespace {

// Least squares in d directions with noise of deviation 1 on n rows, at its minimum, nβ = n / log n.
struct Regression {
  static constexpr std::int64_t d = 5;
  LocalPosterior posterior{};
  std::vector<double> curvatures{};
  double base = 0;                // L(w*)
  std::vector<double> at_rows{};  // the losses of the rows at w*

  explicit Regression(std::int64_t n) {
    Rng rng(4, "test/regression");
    const Matrix x = normal_matrix(n, d, rng), t = normal_matrix(n, 1, rng);
    posterior.model.trace = [](Graph& graph, std::int64_t rows) {
      const Var out = matmul(graph.input("x", {rows, d}), graph.input("w", {d, 1}));
      return Ends{out, graph.name(sum(square(out - graph.input("t", {rows, 1})), {-1}), "loss")};
    };
    posterior.data = {{"x", x}, {"t", t}};
    Matrix gram = matmul(x, x, true);
    for (double& g : gram.data) g /= double(n);
    Matrix moment = matmul(x, t, true);
    for (double& m : moment.data) m /= double(n);
    const Matrix best = solve(gram, moment), out = matmul(x, best);
    for (std::int64_t s = 0; s < n; ++s) at_rows.push_back(std::pow(out[s] - t[s], 2));
    base = mean(at_rows);
    posterior.model.parameters = parameters_from({{"w", best}});
    posterior.n_beta = double(n) / std::log(double(n)), posterior.gamma = 1;
    for (const double g : eigh(gram, false).values) curvatures.push_back(2 * g);
  }
};

// Kolmogorov's distance of the draws from Gamma(shape, 1), times the root of their number: beyond 1.63 in 1 % of cases.
double distance_from_gamma(std::vector<double> draws, double shape) {
  const auto below = [&](double x) {  // the series of the incomplete gamma function
    double term = 1 / shape, sum = term;
    for (int k = 1; term > 1e-15 * sum; ++k) sum += term *= x / (shape + k);
    return sum * std::exp(shape * std::log(x) - x - std::lgamma(shape));
  };
  std::ranges::sort(draws);
  double distance = 0;
  const double n = double(draws.size());
  for (std::size_t i = 0; i < draws.size(); ++i) {
    const double p = below(draws[i]);
    distance = std::max({distance, p - double(i) / n, double(i + 1) / n - p});
  }
  return distance * std::sqrt(n);
}

std::vector<double> thinned(const Matrix& u, std::int64_t every) {
  std::vector<double> some;
  for (std::int64_t c = 0; c < u.rows(); ++c)
    for (std::int64_t t = 0; t < u.cols(); t += every) some.push_back(u(c, t));
  return some;
}

Var x4(Graph&, Var w) { return sum(square(square(w))); }
Var x2y4(Graph&, Var w) { return sum(square(slice(w, -1, 0, 1)) + square(square(slice(w, -1, 1, 2)))); }
Var crossed(Graph&, Var w) { return square(sum(slice(w, -1, 0, 1) * slice(w, -1, 1, 2))); }

}  // namespace

TEST_CASE("baselines: few batches make estimates of noise; a batch is held against the same rows at w*") {
  const Regression r(40000);
  const auto estimates = [&](bool paired) {  // each chain is one
    const SamplerSpec sampler{
        .kind = SamplerKind::sgld, .step = 4e-5, .batch = 32, .paired = paired, .control_variate = paired};
    return chain_means(
        sample<double>(r.posterior, sampler, {.chains = 32, .draws = 6000, .warm_up = 500, .threads = 2}).u);
  };
  const std::vector<double> pairs = estimates(true), whole = estimates(false);
  std::vector<double> few = whole;  // the same chains against the loss of ten batches at w*
  Rng rng(1, "test/few");
  for (double& lambda : few) {
    double loss = 0;
    for (int i = 0; i < 320; ++i) loss += r.at_rows[rng.below(r.at_rows.size())] / 320;
    lambda += r.posterior.n_beta * (r.base - loss);
  }
  const double paired = estimate(pairs).deviation, unpaired = estimate(whole).deviation;
  MESSAGE("deviation of an estimate: paired ", paired, ", all rows ", unpaired, ", ten batches ",
          estimate(few).deviation);
  CHECK(unpaired > 20 * paired);
  CHECK(estimate(few).deviation > 5 * unpaired);
}

TEST_CASE("batches heat: without control variates λ̂ is 3.4 where 2.58 is right, as the closed form says") {
  const Regression r(1000);
  const double step = 5e-4;
  const auto run = [&](bool control) {
    const SamplerSpec sampler{.kind = SamplerKind::sgld, .step = step, .batch = 32, .control_variate = control};
    return sample<double>(r.posterior, sampler, {.chains = 16, .draws = 12000, .warm_up = 1000, .threads = 2});
  };
  const auto predicted = [&](double variance) {
    return sgld_stationary_estimate(
        r.curvatures,
        {.step = step, .nbeta = r.posterior.n_beta, .gamma = r.posterior.gamma, .gradient_variance = variance});
  };
  const Chains heated = run(false), calm = run(true);
  MESSAGE("without ", mean(heated.u.data), ", with ", mean(calm.u.data), ", predicted ", predicted(0));
  CHECK(mean(heated.u.data) == doctest::Approx(predicted(heated.gradient_variance)).epsilon(0.04));
  CHECK(mean(heated.u.data) > 1.2 * predicted(0));
  CHECK(mean(calm.u.data) == doctest::Approx(predicted(0)).epsilon(0.02));
}

TEST_CASE("a preconditioner that moves while it is drawn from samples another law; frozen it does not") {
  struct Row {
    std::function<Var(Graph&, Var)> loss;
    double exact, step;
  };
  for (const Row& row : {Row{[](Graph&, Var w) { return sum(square(w)); }, 0.5, 4e-6}, Row{x4, 0.25, 4e-5}}) {
    const auto run = [&](bool freeze) {
      const SamplerSpec sampler{.kind = SamplerKind::preconditioned_sgld, .step = row.step, .freeze = freeze};
      const ChainSpec spec{.chains = 32, .draws = 12000, .warm_up = 4000, .threads = 2};
      return mean(sample<double>(function(8, row.loss, 1000, 1), sampler, spec).u.data) / 8;
    };
    const double unfrozen = run(false), frozen = run(true);
    MESSAGE("exact ", row.exact, ": unfrozen ", unfrozen, ", frozen ", frozen);
    CHECK(frozen == doctest::Approx(row.exact).epsilon(0.04));
    CHECK(unfrozen > 1.12 * row.exact);
  }
}

TEST_CASE("chains that found a lower place make the mean negative; they are flagged and left out") {
  const auto two_wells = [](Graph&, Var w) {  // at 0, and lower beyond a barrier
    return sum(0.5 * square(w) - 0.6 * square(w) * w + 0.15 * square(square(w)));
  };
  const LocalPosterior posterior = function(1, two_wells, 60, 1);
  const Chains chains = sample<double>(posterior, {}, {.chains = 8, .draws = 2000, .warm_up = 100, .threads = 2});
  const LlcEstimate e = estimate_llc(chains, posterior, {});
  CHECK(mean(chains.u.data) < 0);
  CHECK(e.escaped > 0);
  CHECK_FALSE(e.healthy());
  CHECK((e.chains == 0 || e.lambda.mean > 0));
}

TEST_CASE("γ takes most from degenerate directions: x⁴ loses six times what x² does, and a smaller γ gives it back") {
  const auto x2 = [](Graph&, Var w) { return sum(square(w)); };
  const auto share = [](const std::function<Var(Graph&, Var)>& loss, double gamma, double known) {
    const ChainSpec spec{.chains = 32, .draws = 4000, .warm_up = 300, .threads = 2};
    return mean(sample<double>(function(16, loss, 100, gamma), {}, spec).u.data) / (16 * known);
  };
  const double quadratic = 1 - share(x2, 10, 0.5), quartic = 1 - share(x4, 10, 0.25);
  MESSAGE("lost: ", quadratic, " of x², ", quartic, " of x⁴");
  CHECK(quartic == doctest::Approx(1 - homogeneous_finite_n({{1, 4}}, 100, 10).value / 0.25).epsilon(0.03));
  CHECK(quartic > 5 * quadratic);
  CHECK(1 - share(x4, 0.1, 0.25) < 0.02);
}

TEST_CASE("a batch's B / log B in place of n / log n is another cut-off, and λ̂ another number") {
  const double of_batch = 512 / std::log(512.0), of_data = 60000 / std::log(60000.0);
  const auto at = [&](double n_beta) {
    return mean(sample<double>(function(2, crossed, n_beta, 1), {.leapfrogs = 16},
                               {.chains = 32, .draws = 8000, .warm_up = 300, .threads = 2})
                    .u.data);
  };
  CHECK(of_batch == doctest::Approx(82).epsilon(0.01));
  CHECK(of_data == doctest::Approx(5453).epsilon(0.01));
  const double wrong = at(of_batch), right = at(of_data);
  CHECK(wrong == doctest::Approx(crossing_finite_n(1, 1, of_batch).value).epsilon(0.02));
  CHECK(right == doctest::Approx(crossing_finite_n(1, 1, of_data).value).epsilon(0.02));
  CHECK(wrong < 0.9 * right);
}

TEST_CASE("an average over the burn-in is of w* as much as of its basin") {
  const std::vector<double> h(10, 1.0);
  const auto quadratic = [](Graph&, Var w) { return 0.5 * sum(square(w)); };
  const LocalPosterior posterior = function(10, quadratic, 100, 0);
  const SamplerSpec sampler{.kind = SamplerKind::sgld, .step = 1e-4};
  const SgldRun known{.step = 1e-4, .nbeta = 100};
  const auto of = [&](std::int64_t warm_up) {
    return sample<double>(posterior, sampler, {.chains = 500, .draws = 100, .warm_up = warm_up, .threads = 2}).u.data;
  };
  const double included = mean(of(0)), excluded = mean(of(1000));
  CHECK(included == doctest::Approx(sgld_expected_estimate(h, known, 0, 100)).epsilon(0.03));
  CHECK(included < 2);
  CHECK(excluded == doctest::Approx(sgld_stationary_estimate(h, known)).epsilon(0.03));
  const Chains cold = sample<double>(posterior, sampler, {.chains = 8, .draws = 8000, .warm_up = 0, .threads = 2});
  CHECK(estimate_llc(cold, posterior, sampler).burn_in.draws >= 400);
}

TEST_CASE("nβ (L - L(w*)) is the difference of nearly equal numbers: in float it drowns where L(w*) is large") {
  const auto lifted = [](Graph&, Var w) { return sum(square(w)) + 100.0; };
  const LocalPosterior posterior = function(4, lifted, 1e6, 1);
  const ChainSpec spec{.chains = 16, .draws = 1000, .warm_up = 200, .threads = 2};
  const double in_float = mean(sample<float>(posterior, {}, spec).u.data),
               in_double = mean(sample<double>(posterior, {}, spec).u.data);
  MESSAGE("float ", in_float, ", double ", in_double);
  CHECK(in_double == doctest::Approx(2).epsilon(0.05));
  CHECK(std::abs(in_float - 2) > 0.2);
}

TEST_CASE("the coefficient at a point is not the least of its model class") {
  LinearLaw law{.layers = {Matrix({3, 3}), Matrix({5, 3})}, .n_beta = 1e6, .gamma = 1};  // A of rank 3, B and B A of 1
  for (std::int64_t i = 0; i < 3; ++i) law.layers[0](i, i) = 20;
  law.layers[1](0, 0) = 20;
  const double here = local_linear_coefficient(3, 3, 5, {3, 1, 1}).lambda,
               least = reduced_rank_coefficient(3, 3, 5, 1).lambda;
  const Chains chains = sample<double>(local_posterior(law), {.leapfrogs = 32},
                                       {.chains = 32, .draws = 800, .warm_up = 300, .threads = 2});
  MESSAGE("here ", here, ", least ", least, ", sampled ", mean(chains.u.data));
  CHECK(here > 1.2 * least);
  CHECK(mean(chains.u.data) == doctest::Approx(here).epsilon(0.03));
}

TEST_CASE("chains on the same batches agree more than they are right: their spread is no error bar") {
  const Regression r(1000);
  constexpr std::int64_t repeats = 16;
  const auto run = [&](bool share) {
    const SamplerSpec sampler{
        .kind = SamplerKind::sgld, .step = 5e-4, .batch = 8, .share_batches = share, .control_variate = false};
    std::vector<double> means, between, reported;
    for (std::int64_t seed = 0; seed < repeats; ++seed) {
      const Chains chains =
          sample<double>(r.posterior, sampler,
                         {.chains = 16, .draws = 1500, .warm_up = 300, .seed = std::uint64_t(seed), .threads = 1});
      const LlcEstimate e = estimate_llc(chains, r.posterior, sampler);
      means.push_back(e.lambda.mean), between.push_back(e.lambda.between_error), reported.push_back(e.lambda.error);
    }
    return std::array{estimate(means).deviation, mean(between), mean(reported)};
  };
  const auto [shared_truth, shared_between, shared_reported] = run(true);
  const auto [own_truth, own_between, own_reported] = run(false);
  MESSAGE("shared: deviation ", shared_truth, ", between chains ", shared_between, ", reported ", shared_reported,
          "; own: ", own_truth, ", ", own_between, ", ", own_reported);
  CHECK(shared_truth > 2 * shared_between);
  CHECK(shared_reported > shared_truth);
  CHECK(own_truth < 1.8 * own_between);
}

TEST_CASE("nβ (L - L(w*)) of a homogeneous basin has the law Gamma(λ, 1), and of a crossing it has not") {
  struct Row {
    std::string what;
    std::function<Var(Graph&, Var)> loss;
    std::int64_t d;
    double lambda;
  };
  const ChainSpec spec{.chains = 32, .draws = 6000, .warm_up = 300, .threads = 2};
  for (const Row& row : {Row{"x⁴", x4, 1, 0.25}, Row{"x² + y⁴", x2y4, 2, 0.75}, Row{"sixteen x⁴", x4, 16, 4}}) {
    const Chains chains = sample<double>(function(row.d, row.loss, 100, 0), {}, spec);
    CAPTURE(row.what);
    CHECK(distance_from_gamma(thinned(chains.u, 30), row.lambda) < 1.63);
    CHECK(fano_factor(chains.u.data) == doctest::Approx(1).epsilon(0.05));
  }
  const Chains other = sample<double>(function(2, crossed, 100, 1), {}, spec);
  CHECK(distance_from_gamma(thinned(other.u, 30), mean(other.u.data)) > 1.63);
}
