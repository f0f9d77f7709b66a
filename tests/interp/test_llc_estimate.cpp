// λ̂ with its error bar and its verdicts, on functions whose λ is known.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <optional>

#include "autodiff/ops.h"
#include "core/interrupt.h"
#include "core/parallel.h"
#include "core/rng.h"
#include "interp/llc/estimate.h"
#include "tests/interp/llc_functions.h"

using namespace basin;
using namespace basin::interp;

namespace {

const Verdict& verdict(const LlcEstimate& e, const std::string& name) {
  return *std::ranges::find(e.verdicts, name, &Verdict::name);
}

LlcEstimate estimated(const LocalPosterior& posterior, const SamplerSpec& sampler, const ChainSpec& spec) {
  return estimate_llc(sample<double>(posterior, sampler, spec), posterior, sampler);
}

// A well at 0, and beyond a barrier of 0.076 at 0.74 one that is lower by 0.5.
Var two_wells(Graph&, Var w) { return sum(0.5 * square(w) - 0.6 * square(w) * w + 0.15 * square(square(w))); }

}  // namespace

TEST_CASE("a quadratic has half a parameter for each curvature, and nothing speaks against it") {
  const LlcEstimate e = estimated(function(
                                      4, [](Graph&, Var w) { return sum(square(w)); }, 1000, 0),
                                  {}, {.chains = 8, .draws = 1000, .warm_up = 300, .threads = 2});
  CHECK(std::abs(e.lambda.mean - 2) < 4 * e.lambda.error);
  CHECK(e.lambda.error < 0.08);
  CHECK(e.fano == doctest::Approx(1).epsilon(0.05));
  CHECK(e.healthy());
  CHECK(e.epsilon() == doctest::Approx(e.lambda.mean / 1000));
  CHECK(e.chains == 8);
}

TEST_CASE("95 % intervals of hmc hold the exact value in 92 to 99.5 % of 1,000 repeats") {
  const LocalPosterior posterior = function(
      3, [](Graph&, Var w) { return sum(square(slice(w, -1, 0, 2))) + sum(square(square(slice(w, -1, 2, 3)))); }, 100,
      0);
  const auto held = parallel_results(2, 1000, [&](std::int64_t i) {
    const LlcEstimate e =
        estimated(posterior, {.step = 0.1}, {.chains = 4, .draws = 150, .warm_up = 10, .seed = std::uint64_t(i)});
    return int(e.lambda.lower <= 1.25 && 1.25 <= e.lambda.upper);
  });
  const auto covered = std::ranges::count(held, 1);
  CHECK(covered >= 920);
  CHECK(covered <= 995);
}

TEST_CASE("chains that find a lower place are left out, and said") {
  const ChainSpec spec{.chains = 8, .draws = 2000, .warm_up = 100, .threads = 2};
  const LlcEstimate shallow = estimated(function(1, two_wells, 60, 1), {}, spec);
  CHECK(shallow.escaped > 0);
  CHECK_FALSE(verdict(shallow, "escaped").good);
  CHECK_FALSE(shallow.healthy());
  const LlcEstimate deep = estimated(function(1, two_wells, 2000, 1), {}, spec);
  CHECK(deep.escaped == 0);
  CHECK(deep.lambda.mean == doctest::Approx(0.5).epsilon(0.05));
  for (const Verdict& v : deep.verdicts) {
    CAPTURE(v.text);
    CHECK(v.good);
  }
}

TEST_CASE("steps that are too long, chains that are too short and places that are no minimum are told") {
  const auto quadratic = [](Graph&, Var w) { return sum(square(w)); };
  const LlcEstimate unstable = estimated(function(2, quadratic, 100, 0), {.kind = SamplerKind::sgld, .step = 0.05},
                                         {.chains = 4, .draws = 2000, .warm_up = 0});
  CHECK(unstable.diverged == 4);
  CHECK_FALSE(verdict(unstable, "step").good);
  CHECK(std::isnan(unstable.lambda.mean));
  const LlcEstimate slow = estimated(function(2, quadratic, 100, 0), {.kind = SamplerKind::sgld, .step = 1e-6},
                                     {.chains = 4, .draws = 200, .warm_up = 0});
  CHECK_FALSE(slow.healthy());
  const auto slope = [](Graph&, Var w) { return sum(square(w) + 0.5 * w); };  // the minimum is at -1/4
  CHECK_FALSE(estimated(function(2, slope, 1000, 0), {}, {.chains = 4, .draws = 500, .warm_up = 100}).healthy());
}

TEST_CASE("the place is judged: γ that takes too much, slopes, and posteriors without end") {
  const auto judged = [](const LocalPosterior& posterior, const std::string& name) {
    const Chains chains = sample<double>(posterior, {}, {.chains = 8, .draws = 1000, .warm_up = 200, .threads = 2});
    const LlcEstimate e = estimate_llc(chains, posterior, {});
    const std::vector<Verdict> verdicts = judge_place(e, chains, local_curvature(posterior));
    const auto found = std::ranges::find(verdicts, name, &Verdict::name);
    return found == verdicts.end() ? std::optional<bool>() : found->good;
  };
  const auto quadratic = [](Graph&, Var w) { return sum(square(w)); };
  CHECK(judged(function(2, quadratic, 1000, 1), "gamma") == true);
  CHECK(judged(function(2, quadratic, 10, 10), "gamma") == false);
  const auto slope = [](Graph&, Var w) { return sum(square(w) + 0.5 * w); };
  CHECK(judged(function(2, quadratic, 1000, 1), "minimum") == true);
  CHECK(judged(function(2, slope, 1000, 1), "minimum") == false);
  const auto line = [](Graph&, Var w) { return sum(square(slice(w, -1, 0, 1))) + 0.0 * sum(w); };
  CHECK(judged(function(2, quadratic, 100, 0), "proper") == true);
  CHECK(judged(function(2, line, 100, 0), "proper") == false);
  CHECK(judged(function(2, line, 100, 1), "proper") == std::nullopt);
}

TEST_CASE("draws go on until the error is as small as wanted, or the budget is spent") {
  const LocalPosterior posterior = function(
      4, [](Graph&, Var w) { return sum(square(w)); }, 1000, 0);
  const ChainSpec spec{.chains = 4, .draws = 100, .warm_up = 100, .threads = 2};
  const auto sampled = [&](const Budget& budget) {
    ChainRun<double> run(posterior, {}, spec);
    return sample_until(run, posterior, {}, spec, budget);
  };
  const Sampled wanted = sampled({.target = 0.03});
  CHECK(wanted.reached);
  CHECK(wanted.estimate.lambda.error <= 0.03);
  CHECK(wanted.chains.u.cols() > 100);
  CHECK(std::abs(wanted.estimate.lambda.mean - 2) < 5 * wanted.estimate.lambda.error);
  const Sampled spent = sampled({.target = 1e-4, .most = 400});
  CHECK_FALSE(spent.reached);
  CHECK(spent.chains.u.cols() == 400);
  CHECK(sampled({}).chains.u.cols() == 100);
}

TEST_CASE("a signal stops draws that go on, once they are saved") {
  const LocalPosterior posterior = function(
      4, [](Graph&, Var w) { return sum(square(w)); }, 1000, 0);
  const ChainSpec spec{.chains = 4, .draws = 100, .warm_up = 100};
  watch_interrupts();
  int saved = 0;
  const auto save = [&] {
    if (++saved == 2) std::raise(SIGINT);
  };
  ChainRun<double> run(posterior, {}, spec);
  CHECK_THROWS_AS(sample_until(run, posterior, {}, spec, {.target = 1e-9}, save), Interrupted);
  CHECK(saved == 2);
  CHECK(run.draws() == 200);
  watch_interrupts();  // forgets the signal
}

TEST_CASE("batches heat, and it is said") {
  constexpr std::int64_t n = 200;
  LocalPosterior line{.n_beta = 100, .gamma = 1};
  line.model.trace = [](Graph& graph, std::int64_t rows) {
    const Var out = graph.input("x", {rows, 1}) * graph.input("w", {1});
    return Ends{out, graph.name(sum(square(out - graph.input("t", {rows, 1})), {-1}), "loss")};
  };
  Rng rng(2, "test/line");
  Matrix x({n, 1}), t({n, 1});
  double xx = 0, xt = 0;
  for (std::int64_t i = 0; i < n; ++i) x[i] = rng.normal(), t[i] = rng.normal(), xx += x[i] * x[i], xt += x[i] * t[i];
  line.data = {{"x", x}, {"t", t}};
  line.model.parameters = parameters_from({{"w", Tensor<double>(Shape{1}, {xt / xx})}});
  const double v = [&] {  // of one row's gradient, at the minimum
    double squares = 0;
    for (std::int64_t i = 0; i < n; ++i) squares += std::pow(2 * x[i] * (x[i] * xt / xx - t[i]), 2) / n;
    return squares;
  }();
  const SamplerSpec plain{.kind = SamplerKind::sgld, .step = 2e-4, .batch = 10, .control_variate = false};
  const ChainSpec spec{.chains = 16, .draws = 4000, .threads = 2};
  const LlcEstimate hot = estimated(line, plain, spec);
  CHECK(hot.temperature == doctest::Approx(1 + 2e-4 * 1e4 * v / 10 / 4).epsilon(0.25));
  CHECK_FALSE(verdict(hot, "temperature").good);
  SamplerSpec controlled = plain;
  controlled.control_variate = true;
  const LlcEstimate cool = estimated(line, controlled, spec);
  CHECK(cool.temperature < 1.01);
  CHECK(cool.lambda.mean < hot.lambda.mean);
  controlled.share_batches = true;
  const LlcEstimate shared = estimated(line, controlled, spec);
  CHECK(std::abs(shared.lambda.mean - cool.lambda.mean) < 5 * std::hypot(shared.lambda.error, cool.lambda.error));
}
