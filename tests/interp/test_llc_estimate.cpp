// λ̂ with its error bar and its verdicts, on functions whose λ is known.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "autodiff/ops.h"
#include "core/parallel.h"
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
