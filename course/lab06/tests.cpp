// Tests of lab 06. What SGLD shows of a bowl is known exactly, step, batches and start included
// (interp/llc/sgld_on_quadratic.h); the lies are told to basin's own tool, and its verdicts are read.
#include <doctest/doctest.h>

#include <cmath>

#include "common/course.h"
#include "core/statistics.h"
#include "interp/llc/sgld_on_quadratic.h"
#include "lab.h"

using basin::Matrix;
using basin::Rng;
using basin::interp::sgld_expected_estimate;
using basin::interp::sgld_stationary_estimate;
using lab::Bowl;
using lab::Settings;

namespace {

Bowl some_bowl(Rng& rng) { return {.curvature = rng.uniform(0.5, 2), .row_variance = 16}; }
std::vector<double> curvatures(const Bowl& bowl) { return std::vector(std::size_t(bowl.dimension), bowl.curvature); }

double mean(const Matrix& u) {
  double sum = 0;
  for (const double x : u.data) sum += x / double(u.size());
  return sum;
}
double variance(const Matrix& u) {
  double sum = 0;
  for (const double x : u.data) sum += (x - mean(u)) * (x - mean(u)) / double(u.size());
  return sum;
}
// Relative, as λ̂ has it.
bool near(double a, double b, double relative) { return std::abs(a - b) < relative * std::abs(b); }

}  // namespace

TEST_CASE("[1] a step goes half an ε down the energy and adds noise of variance ε") {
  Rng rng = lab::student_rng("lab06 step");
  std::vector<double> w(5), g(5), center(5), noise(5);
  for (auto* v : {&w, &g, &center, &noise}) rng.fill_normal(std::span(*v));
  const double n_beta = rng.uniform(10, 100), gamma = rng.uniform(1, 5), step = rng.uniform(0.01, 0.02);
  const std::vector<double> before = w;
  lab::langevin_step(w, g, center, n_beta, gamma, step, noise);
  for (std::size_t i = 0; i < w.size(); ++i) {
    const double wanted =
        before[i] - step / 2 * n_beta * g[i] - step / 2 * gamma * (before[i] - center[i]) + std::sqrt(step) * noise[i];
    CHECK_MESSAGE(w[i] == doctest::Approx(wanted), "w goes from ", before[i], " to ", w[i], ", wanted ", wanted,
                  "; the force has ε/2, the noise sqrt(ε), and γ pulls to w*, not to 0");
  }
}

TEST_CASE("[1] chains on all rows show what long steps show of a bowl, and start at w*") {
  Rng rng = lab::student_rng("lab06 sgld");
  const Bowl bowl = some_bowl(rng);
  const auto posterior = posterior_of(bowl);
  const double step = rng.uniform(0.4, 0.8) / bowl.stiffness();
  const basin::interp::SgldRun run{.step = step, .nbeta = bowl.n_beta, .gamma = bowl.gamma};
  const Matrix u = lab::sgld(posterior, {.step = step, .draws = 4000, .warm_up = 100}, rng.stream("long"));
  REQUIRE(u.shape == basin::Shape{8, 4000});
  const double long_run = sgld_stationary_estimate(curvatures(bowl), run);
  CHECK_MESSAGE(near(mean(u), long_run, 0.04), "λ̂ is ", mean(u), ", wanted ", long_run,
                ": the step's own bias is in it, and nothing else");

  const Matrix early =
      lab::sgld(posterior, {.step = step, .chains = 500, .draws = 4, .warm_up = 0}, rng.stream("early"));
  const double young = sgld_expected_estimate(curvatures(bowl), run, 0, 4);
  CHECK_MESSAGE(std::abs(early(0, 0)) < 1e-9, "without warm-up the first draw is w* itself, u = 0, not ", early(0, 0));
  CHECK_MESSAGE(near(mean(early), young, 0.15), "four draws without warm-up have the mean ", mean(early), ", wanted ",
                young, "; each chain begins at w* anew");
  const Matrix late =
      lab::sgld(posterior, {.step = step, .chains = 500, .draws = 4, .warm_up = 40}, rng.stream("late"));
  CHECK_MESSAGE(near(mean(late), long_run, 0.12), "four draws behind a warm-up of 40 have the mean ", mean(late),
                ", wanted ", long_run, "; the first warm_up steps give no draws");
  CHECK_MESSAGE(early(0, 3) != early(1, 3), "chains 0 and 1 are equal: each has the stream of its own number");
  const Matrix again = lab::sgld(posterior, {.step = step, .chains = 2, .draws = 4, .warm_up = 0}, rng.stream("early"));
  CHECK_MESSAGE(again(1, 3) == early(1, 3), "chain 1 depends on how many chains there are: give each a stream");
}

TEST_CASE("[1] batches heat the chains as they must, and are held against the same rows at w*") {
  Rng rng = lab::student_rng("lab06 batches");
  Bowl bowl = some_bowl(rng);
  bowl.row_variance = rng.uniform(0.2, 0.3);
  const double step = 0.2 / bowl.stiffness();
  const std::int64_t batch = 4;
  const Matrix u = lab::sgld(posterior_of(bowl), {.step = step, .batch = batch, .draws = 6000, .warm_up = 200}, rng);
  const double v = bowl.row_variance / double(batch);
  const double wanted = sgld_stationary_estimate(curvatures(bowl), {step, bowl.n_beta, bowl.gamma, v});
  // u = nβ (½ h |w|² + z w), z the mean over the batch, which w does not know: variances add.
  const double spread = wanted * wanted * 2 / double(bowl.dimension) + 2 * bowl.n_beta * v * wanted / bowl.curvature;
  CHECK_MESSAGE(near(variance(u), spread, 0.35), "the variance of u is ", variance(u), ", wanted ", spread,
                "; rows differ in level, so both losses of a draw are of the rows of its step");
  CHECK_MESSAGE(near(mean(u), wanted, 0.15), "λ̂ is ", mean(u), ", wanted ", wanted, " for batches of ", batch,
                "; the gradient is that of the batch, on new rows in each step");
}

TEST_CASE("[1] the error of λ̂ is that of means of chains, not of draws") {
  Rng rng = lab::student_rng("lab06 lambda");
  Matrix u({6, 1000});
  std::vector<double> means(6);
  for (std::int64_t c = 0; c < 6; ++c) {  // chains that hardly move: all that can be known is six numbers
    const double level = rng.uniform(1, 4);
    for (std::int64_t t = 0; t < 1000; ++t) u(c, t) = level + 0.01 * std::sin(double(t));
    for (const double x : u.row(c)) means[std::size_t(c)] += x / 1000;
  }
  const basin::Estimate exact = basin::estimate(means);  // deviation with n - 1
  const lab::Estimate e = lab::lambda_hat(u);
  CHECK_MESSAGE(e.value == doctest::Approx(exact.mean), "λ̂ is ", e.value, ", wanted ", exact.mean);
  CHECK_MESSAGE(e.error == doctest::Approx(exact.deviation / std::sqrt(6.0)), "its error is ", e.error, ", wanted ",
                exact.deviation / std::sqrt(6.0), "; six chains that stand still are six numbers, however long");
}

TEST_CASE("[1] what SGLD shows of a bowl") {
  Rng rng = lab::student_rng("lab06 bowl");
  std::vector<double> h(4);
  for (double& x : h) x = rng.uniform(0.1, 3);
  h[3] = 0;
  const double n_beta = rng.uniform(50, 100), gamma = rng.uniform(1, 20),
               step = rng.uniform(0.5, 2) / (3 * n_beta + 20);
  for (const double v : {0.0, rng.uniform(0.5, 2)}) {
    const double wanted = sgld_stationary_estimate(h, {step, n_beta, gamma, v});
    const double value = lab::lambda_of_bowl(h, n_beta, gamma, step, v);
    CHECK_MESSAGE(value == doctest::Approx(wanted), "it is ", value, ", wanted ", wanted,
                  " for a gradient's variance of ", v, "; each direction has its own a_i, γ in it");
  }
}

TEST_CASE("[1] a lie of the step: λ̂ too large by a given factor, and the verdict 'step'") {
  Rng rng = lab::student_rng("lab06 lying step");
  const Bowl bowl = some_bowl(rng);
  const double ratio = rng.uniform(1.4, 1.9), step = lab::lying_step(ratio, bowl.stiffness());
  REQUIRE_MESSAGE((step > 0 && step * bowl.stiffness() < 4), "ε a is ", step * bowl.stiffness(),
                  "; it must be between 0 and 4, where chains blow up");
  const lab::Asked tool = lab::ask_the_tool(posterior_of(bowl), {.step = step, .draws = 5000}, rng.next_u32());
  const double found = tool.estimate.lambda.mean / bowl.lambda();
  CHECK_MESSAGE(near(found, ratio, 0.04), "the tool finds ", found, " times the right λ̂, wanted ", ratio);
  CHECK_MESSAGE(!tool.good("step"), "the verdict 'step' should be bad; bad are: ", tool.bad());
}

TEST_CASE("[1] a lie of γ: λ̂ too small by a given factor, and the verdict 'gamma'") {
  Rng rng = lab::student_rng("lab06 lying gamma");
  Bowl bowl = some_bowl(rng);
  const double ratio = rng.uniform(0.3, 0.7);
  bowl.gamma = lab::lying_gamma(ratio, bowl.n_beta, bowl.curvature);
  REQUIRE(bowl.gamma > 0);
  const lab::Asked tool = lab::ask_the_tool(posterior_of(bowl), {.step = 0.1 / bowl.stiffness()}, rng.next_u32());
  const double found = tool.estimate.lambda.mean / (0.5 * double(bowl.dimension)) * (1 - 0.1 / 4);
  CHECK_MESSAGE(near(found, ratio, 0.06), "the tool finds ", found, " of d/2, wanted ", ratio);
  CHECK_MESSAGE(!tool.good("gamma"), "the verdict 'gamma' should be bad; bad are: ", tool.bad());
}

TEST_CASE("[1] a lie of the burn-in: how many steps it takes, and the verdicts on a run that is as short") {
  Rng rng = lab::student_rng("lab06 burn-in");
  const Bowl bowl = some_bowl(rng);
  const double step = rng.uniform(0.005, 0.01) / bowl.stiffness();
  const double share = rng.uniform(0.4, 0.6);
  const basin::interp::SgldRun run{.step = step, .nbeta = bowl.n_beta, .gamma = bowl.gamma};
  const std::int64_t steps = lab::burn_in_steps(share, step, bowl.stiffness());
  REQUIRE_MESSAGE((steps >= 40 && steps < 1000), steps, " steps, at ε a = ", step * bowl.stiffness());
  const double full = sgld_stationary_estimate(curvatures(bowl), run);
  const double at = sgld_expected_estimate(curvatures(bowl), run, steps, 1) / full,
               before = sgld_expected_estimate(curvatures(bowl), run, steps - 1, 1) / full;
  CHECK_MESSAGE(at >= share, "behind ", steps, " steps E[u] is ", at, " of what it will be, wanted ", share,
                " or more");
  CHECK_MESSAGE(before < share, "already ", steps - 1, " steps have ", before, "; wanted are the fewest for ", share,
                "; u is the square of w, and forgets twice as fast");
  const lab::Asked tool =
      lab::ask_the_tool(posterior_of(bowl), {.step = step, .draws = steps, .warm_up = 0}, rng.next_u32());
  CHECK_MESSAGE(tool.estimate.lambda.mean < 0.9 * bowl.lambda(), "the tool finds ", tool.estimate.lambda.mean,
                " without warm-up, not far below ", bowl.lambda());
  CHECK_MESSAGE(!(tool.good("ess") && tool.good("r_hat") && tool.good("burn_in")),
                "one of 'burn_in', 'ess' and 'r_hat' should be bad; bad are: ", tool.bad());
}

TEST_CASE("[1] a lie of the batch: chains too hot by a given factor, and the verdict 'temperature'") {
  Rng rng = lab::student_rng("lab06 lying batch");
  const Bowl bowl = some_bowl(rng);
  const double step = 0.1 / bowl.stiffness(), ratio = rng.uniform(1.3, 1.8);
  const std::int64_t batch = lab::lying_batch(ratio, step, bowl.n_beta, bowl.row_variance);
  REQUIRE_MESSAGE((batch >= 1 && batch <= 500), "batches of ", batch, " rows");
  const double heat = 1 + step * bowl.n_beta * bowl.n_beta * bowl.row_variance / (4 * double(batch));
  const double half = (heat - 1) / double(2 * batch);  // what half a row changes
  CHECK_MESSAGE(std::abs(heat - ratio) < 1.1 * half + 0.001, batch, " rows heat by ", heat, ", wanted ", ratio,
                " with the nearest whole number; (nβ)² and the 4 belong to it");
  const lab::Asked tool = lab::ask_the_tool(posterior_of(bowl), {.step = step, .batch = batch}, rng.next_u32());
  const double found = tool.estimate.lambda.mean / bowl.lambda() * (1 - 0.1 / 4);
  CHECK_MESSAGE(near(found, heat, 0.08), "the tool finds ", found, " times the right λ̂, wanted ", heat);
  CHECK_MESSAGE(!tool.good("temperature"), "the verdict 'temperature' should be bad; bad are: ", tool.bad());
}

TEST_CASE("[1] a lie of the baseline: a w* that is no minimum, and the verdict 'minimum'") {
  Rng rng = lab::student_rng("lab06 lying baseline");
  const Bowl bowl = some_bowl(rng);
  const double wanted = -rng.uniform(0.3, 1.5) * bowl.lambda();
  const double off = lab::lying_baseline(wanted, bowl.lambda(), bowl.n_beta, bowl.curvature);
  REQUIRE(off > 0);
  const lab::Asked tool = lab::ask_the_tool(posterior_of(bowl, off), {.step = 0.1 / bowl.stiffness()}, rng.next_u32());
  const double found = mean(tool.chains.u);  // the tool itself leaves such chains out
  CHECK_MESSAGE(std::abs(found - wanted) < 0.07 * bowl.lambda() + 0.03 * std::abs(wanted), "λ̂ comes out as ", found,
                ", wanted ", wanted, " where ", bowl.lambda(), " is right");
  CHECK_MESSAGE(!tool.good("minimum"), "the verdict 'minimum' should be bad; bad are: ", tool.bad());
}
