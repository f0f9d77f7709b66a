// C16, C19, C20, C21 and C23: volumes of losses that are sums of products of squares. Predictions are closed forms and
// matchings of interp/volume/matching.h; measurements are multilevel splitting and Monte Carlo on the loss as a
// function. They share no code.
#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "autodiff/ops.h"
#include "core/chance.h"
#include "core/lapack.h"
#include "experiments/claims/degeneracy_claims.h"
#include "interp/spectra/loss_derivatives.h"
#include "interp/volume/interactions.h"
#include "interp/volume/splitting.h"

namespace basin::experiments {
namespace {

using interp::Edge;
using interp::interaction_loss;
using interp::InteractionGraph;
using interp::Loss;
using interp::Measured;

constexpr double multiples_of_half = 0.24;  // less than ¼ tells them apart; a logarithm takes up to 0.1, the rest is
                                            // five standard errors of 200 particles, at most 0.026
constexpr double slope_error = 0.006;       // standard error over seeds of the slope at ε = 3e-7
constexpr double hub_error = 0.013;         // and of log V of the star

std::string error_text(const Measured& e) { return fmt::format("standard error {:.1g}", e.error); }

Rng stream(const std::string& name, const ClaimSettings& settings) {
  return Rng(settings.seed, "claims/volume/" + name);
}

// Of the unit box, by splitting.
interp::VolumeCurve volume(const Loss& loss, std::int64_t dimension, std::span<const double> epsilons,
                           const std::string& name, const ClaimSettings& settings, std::int64_t particles) {
  return interp::volume_by_splitting(loss, {dimension}, epsilons, stream(name, settings),
                                     {.particles = particles, .replicas = 6, .threads = settings.threads});
}

void expect_near_zero(ClaimTable& table, const ClaimSettings& settings, const std::string& title, double predicted,
                      const Loss& loss, std::int64_t dimension, const std::string& how) {
  const Measured e = interp::n_eff_near_zero(loss, dimension, stream(table.id() + title, settings), settings.threads);
  table.expect(title, predicted, e.value)
      .within(multiples_of_half)
      .because(fmt::format("{}; slope of log V between ε = 1e-15 and 1e-30 by splitting, {}", how, error_text(e)));
}

// Null directions at 0 of the Hessian of w1² w2², by the engine.
std::int64_t hessian_null_directions() {
  const auto trace = [](Graph& graph, std::int64_t) {
    return Ends{{}, graph.name(square(graph.input("w1", {})) * square(graph.input("w2", {})), "loss")};
  };
  const Tensor<double> zero{Shape{}};
  const interp::ModelPoint product{{trace}, interp::parameters_from({{"w1", zero}, {"w2", zero}})};
  return 2 - decide_rank(singular_values(interp::loss_derivatives(product, "loss", {}).hessian)).rank;
}

void figure_one(ClaimTable& table, const ClaimSettings& settings) {
  const Loss loss = interaction_loss({{0, 1}});
  table.expect("w1² w2²: null directions of the Hessian at 0", 2, hessian_null_directions())
      .because("neither weight alone costs anything; rank by the engine's second derivatives");
  expect_near_zero(table, settings, "w1² w2²: N_eff as ε goes to 0", 1, loss, 2, "together they do");
  const double epsilon = 3e-7, around[] = {epsilon * std::sqrt(10), epsilon / std::sqrt(10)};
  const Measured slope = volume(loss, 2, around, "C16", settings, 14000).n_eff[0];
  table.expect("w1² w2²: N_eff at ε = 3e-7", 1 - 1 / (1 + 0.5 * std::log(1 / epsilon)), slope.value)
      .within(allowed_errors * slope_error)
      .because(
          "1 - 1/(1 + ½ log 1/ε), within five standard errors; slope of log V over a decade around ε by "
          "splitting, " +
          error_text(slope));
}

void freedom_adds(ClaimTable& table, const ClaimSettings& settings) {
  const Loss tied = [](std::span<const double> w) {
    const double u = w[0], v = w[1], p = w[2], q = w[3];  // the second copy is (u - p, v - q)
    const double first = u * v, second = (u - p) * (v - q);
    return first * first + second * second + p * p + q * q;
  };
  const Edge a{0, 1}, b{0, 2}, c{3, 4}, d{3, 5}, between{1, 4};  // hubs 0 and 3, two leaves each
  expect_near_zero(table, settings, "two copies of w1² w2², not coupled", 1 + 1, interaction_loss({{0, 1}, {2, 3}}), 4,
                   "1 for each");
  expect_near_zero(table, settings, "two copies of w1² w2², tied by the squares of their differences", 1 + 2, tied, 4,
                   "1 for both, 2 for the differences");
  expect_near_zero(table, settings, "two stars of 2 edges, not coupled", 1 + 1, interaction_loss({a, b, c, d}), 6,
                   "1 for each hub");
  expect_near_zero(table, settings, "the two stars coupled from leaf to leaf", 3,
                   interaction_loss({a, b, c, d, between}), 6, "both hubs, and the coupling on top");
}

void matching_number(ClaimTable& table, const ClaimSettings& settings) {
  for (const InteractionGraph& g : interp::named_graphs())
    expect_near_zero(table, settings, g.name, interp::fractional_matching_number(g.nodes, g.edges),
                     interaction_loss(g.edges), g.nodes,
                     fmt::format("fractional matching number; {} edges", g.edges.size()));
}

void cut_off(ClaimTable& table, const ClaimSettings& settings) {
  constexpr std::int64_t samples = 3000000;
  for (const double kappa : {1.0, 1e-2, 1e-4}) {
    const double epsilon = 1e-5, t = std::sqrt(epsilon / kappa), predicted = 4 * t * (1 + std::log(1 / t));
    const double at[] = {3 * kappa, 2 * kappa, epsilon};
    const std::string name = fmt::format("κ = {:g}: ", kappa);
    const interp::VolumeCurve v =
        interp::volume_by_monte_carlo(interaction_loss({{0, 1, kappa}}), {2}, at, samples,
                                      Rng(settings.seed, "claims/C21/" + name), settings.threads);
    table.expect(name + "V at ε = 1e-5", predicted, std::exp(v.log_volume[2].value))
        .within(4 * share_tolerance(predicted / 4, samples))
        .because("4t(1 + log 1/t), t = sqrt(ε/κ), within five standard errors; Monte Carlo, relative " +
                 error_text(v.log_volume[2]));
    // By construction: the loss is at most κ in the box, so both volumes are that of the box whatever is measured.
    table.expect(name + "N_eff between ε = 3κ and 2κ", 0, std::abs(v.n_eff[0].value))
        .because("above κ the whole box is below ε; Monte Carlo")
        .by_construction();
  }
}

void hub(ClaimTable& table, const ClaimSettings& settings) {
  const double at[] = {1e-4}, s = 1e-2, weight = 0.5 * std::log(1 / at[0]);
  const InteractionGraph star = interp::named_graphs().front();
  const Measured v = volume(interaction_loss(star.edges), 4, at, "C23", settings, 16000).log_volume[0];
  const double measured = 4 * std::log(2.0) - v.value;
  const interp::MatchingStrength strength = interp::matching_strength(star.nodes, star.edges, at[0]);
  const double inverse_distance = 1.5 * std::log(2 + std::sqrt(3.0)) - std::numbers::pi / 4;
  const std::string how = "-log of the share of the box at ε = 1e-4 by splitting, " + error_text(v);
  const auto row = [&](const std::string& what, double predicted, double paid, double tolerance,
                       const std::string& why) {
    return table.expect("star of 3: " + what, predicted, paid).within(tolerance).because(why);
  };
  // By construction: both sides of these two are ½ log 1/ε times a number of edges; no volume is measured.
  row("matching strength", weight, strength.matching, 1e-12, "½ log 1/ε, once for the hub").by_construction();
  row("sum of the logarithms", 3 * weight, strength.sum, 1e-12, "½ log 1/ε for each edge").by_construction();
  row("what the volume pays, leading part", strength.matching, measured, 0.3,
      "matching strength, up to a constant; " + how);
  row("what the volume pays", -std::log(s * inverse_distance), measured, allowed_errors * hub_error,
      "with the mean of 1/|v| over the unit cube, 1.5 log(2 + √3) - π/4; " + how);
}

const ClaimEntry c16{"C16", "two directions each free alone, together not: N_eff is 1 where the Hessian says 0",
                     figure_one};
const ClaimEntry c19{"C19", "apart, sets add their freedom; interaction takes it away", freedom_adds};
const ClaimEntry c20{"C20", "N_eff of interacting directions is a matching number", matching_number};
const ClaimEntry c21{"C21", "volume and N_eff of one interaction, with a cut-off at epsilon", cut_off};
const ClaimEntry c23{"C23", "a sum of logarithms overcounts a hub", hub};

}  // namespace
}  // namespace basin::experiments
