// C16, C19, C20, C21 and C23: volumes of losses that are sums of products of squares. Predictions are closed forms of
// V, matchings of interp/volume/matching.h and their duals (experiments/claims/near_zero.h); measurements are
// multilevel splitting and Monte Carlo on the loss as a function. They share no code.
#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "autodiff/ops.h"
#include "core/chance.h"
#include "core/lapack.h"
#include "experiments/claims/degeneracy_claims.h"
#include "experiments/claims/near_zero.h"
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

constexpr std::int64_t near_zero_particles = 800;
constexpr double near_zero_error =
    0.006;                             // standard error over seeds of the slope near zero, over the root of the slope
constexpr double slope_error = 0.006;  // standard error over seeds of the slope at ε = 3e-7
constexpr double hub_error = 0.013;    // and of log V of the star

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

// `freedom` is 2λ, which V has with so many logarithms.
void expect_near_zero(ClaimTable& table, const ClaimSettings& settings, const std::string& title, double freedom,
                      int logarithms, const Loss& loss, std::int64_t dimension, const std::string& how) {
  const Measured e = interp::n_eff_near_zero(loss, dimension, stream(table.id() + title, settings), settings.threads,
                                             near_zero_particles);
  table.expect(title, freedom - logarithms_cost(logarithms, 1e-15, 1e-30), e.value)
      .within(allowed_errors * near_zero_error * std::sqrt(freedom))
      .because(fmt::format(
          "theorem: {}, which ε^λ (log 1/ε)^{} reaches to {:.2f}; slope of log V between ε = 1e-15 and 1e-30 by "
          "splitting, {}",
          how, logarithms, -logarithms_cost(logarithms, 1e-15, 1e-30), error_text(e)));
}

// V of κ u² v² in the unit box.
double product_volume(double kappa, double epsilon) {
  const double t = std::sqrt(std::min(1.0, epsilon / kappa));
  return 4 * t * (1 + std::log(1 / t));
}
double product_slope(double kappa, double epsilon, double smaller) {
  return 2 * std::log(product_volume(kappa, epsilon) / product_volume(kappa, smaller)) / std::log(epsilon / smaller);
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
      .because("arithmetic: neither weight alone costs anything; rank by the engine's second derivatives");
  const Measured limit =
      interp::n_eff_near_zero(loss, 2, stream("C16", settings), settings.threads, near_zero_particles);
  table.expect("w1² w2²: N_eff near ε = 0", product_slope(1, 1e-15, 1e-30), limit.value)
      .within(allowed_errors * near_zero_error)
      .because("closed form: V = 4t(1 + log 1/t), on its way to 1; slope between ε = 1e-15 and 1e-30 by splitting, " +
               error_text(limit));
  const double epsilon = 3e-7, around[] = {epsilon * std::sqrt(10), epsilon / std::sqrt(10)};
  const Measured slope = volume(loss, 2, around, "C16", settings, 14000).n_eff[0];
  table.expect("w1² w2²: N_eff at ε = 3e-7", 1 - 1 / (1 + 0.5 * std::log(1 / epsilon)), slope.value)
      .within(allowed_errors * slope_error)
      .because(
          "closed form: 1 - 1/(1 + ½ log 1/ε), within five standard errors; slope of log V over a decade around ε by "
          "splitting, " +
          error_text(slope));
}

void freedom_adds(ClaimTable& table, const ClaimSettings& settings) {
  const Loss tied = [](std::span<const double> w) {
    const double u = w[0], v = w[1], p = w[2], q = w[3];  // the second copy is (u - p, v - q)
    const double first = u * v, second = (u - p) * (v - q);
    return first * first + second * second + p * p + q * q;
  };
  const auto expect = [&](const std::string& title, double freedom, std::int64_t nodes, const std::vector<Edge>& edges,
                          const std::string& how) {
    expect_near_zero(table, settings, title, freedom, best_covers(nodes, edges).dimension, interaction_loss(edges),
                     nodes, how);
  };
  const Edge a{0, 1}, b{0, 2}, c{3, 4}, d{3, 5}, between{1, 4};  // hubs 0 and 3, two leaves each
  expect("two copies of w1² w2², not coupled", 1 + 1, 4, {{0, 1}, {2, 3}}, "1 for each");
  expect_near_zero(table, settings, "two copies of w1² w2², tied by the squares of their differences", 1 + 2, 1, tied,
                   4, "1 for both, 2 for the differences");
  expect("two stars of 2 edges, not coupled", 1 + 1, 6, {a, b, c, d}, "1 for each hub");
  expect("the two stars coupled from leaf to leaf", 3, 6, {a, b, c, d, between}, "both hubs, and the coupling on top");
}

void matching_number(ClaimTable& table, const ClaimSettings& settings) {
  for (const InteractionGraph& g : interp::named_graphs()) {
    const double number = interp::fractional_matching_number(g.nodes, g.edges);
    const Covers covers = best_covers(g.nodes, g.edges);
    table.expect(g.name + ": fractional matching number", covers.least, number)
        .because(
            "theorem: linear programmes have duals; least vertex cover by halves, found by trying all; matching by "
            "augmenting paths");
    expect_near_zero(table, settings, g.name + ": N_eff near ε = 0", number, covers.dimension,
                     interaction_loss(g.edges), g.nodes,
                     fmt::format("fractional matching number; {} edges", g.edges.size()));
  }
}

// Five standard errors of the slope of a share of `samples` points between two ε.
double slope_tolerance(double share, double smaller_share, double log_epsilons, std::int64_t samples) {
  return allowed_errors * 2 * std::sqrt((1 / smaller_share - 1 / share) / double(samples)) / log_epsilons;
}

void cut_off(ClaimTable& table, const ClaimSettings& settings) {
  constexpr std::int64_t samples = 3000000;
  for (const double kappa : {1.0, 1e-2, 1e-4}) {
    const double at[] = {3 * kappa, kappa / 3, 1e-6};
    const std::string name = fmt::format("κ = {:g}: ", kappa);
    const interp::VolumeCurve v =
        interp::volume_by_monte_carlo(interaction_loss({{0, 1, kappa}}), {2}, at, samples,
                                      Rng(settings.seed, "claims/C21/" + name), settings.threads);
    const double predicted = product_volume(kappa, at[2]);
    table.expect(name + "V at ε = 1e-6", predicted, std::exp(v.log_volume[2].value))
        .within(4 * share_tolerance(predicted / 4, samples))
        .because("closed form: 4t(1 + log 1/t), t = sqrt(ε/κ), within five standard errors; Monte Carlo, relative " +
                 error_text(v.log_volume[2]));
    const char* const stretches[] = {"N_eff from ε = 3κ to κ/3", "N_eff from ε = κ/3 to 1e-6"};
    for (int i = 0; i < 2; ++i)
      table.expect(name + stretches[i], product_slope(kappa, at[i], at[i + 1]), v.n_eff[i].value)
          .within(slope_tolerance(product_volume(kappa, at[i]) / 4, product_volume(kappa, at[i + 1]) / 4,
                                  std::log(at[i] / at[i + 1]), samples))
          .because("closed form: slope of V, which is flat above ε = κ, within five standard errors; Monte Carlo, " +
                   error_text(v.n_eff[i]));
  }
}

void hub(ClaimTable& table, const ClaimSettings& settings) {
  const double at[] = {1e-4, 1e-8}, s = 1e-2;
  const InteractionGraph star = interp::named_graphs().front();
  const interp::VolumeCurve v = volume(interaction_loss(star.edges), 4, at, "C23", settings, 16000);
  const double inverse_distance = 1.5 * std::log(2 + std::sqrt(3.0)) - std::numbers::pi / 4;
  table
      .expect("star of 3: what the volume pays at ε = 1e-4", -std::log(s * inverse_distance),
              4 * std::log(2.0) - v.log_volume[0].value)
      .within(allowed_errors * hub_error)
      .because(
          "closed form: the mean of sqrt(ε)/|v| over the unit cube, 1.5 log(2 + √3) - π/4; -log of the share of the "
          "box by "
          "splitting, " +
          error_text(v.log_volume[0]));
  const auto strength = [&](double epsilon) { return interp::matching_strength(star.nodes, star.edges, epsilon); };
  table
      .expect("star of 3: what it pays more at ε = 1e-8", strength(1e-8).matching - strength(1e-4).matching,
              v.log_volume[0].value - v.log_volume[1].value)
      .within(allowed_errors * std::numbers::sqrt2 * hub_error)
      .because(fmt::format(
          "theorem: matching strength, ½ log 1/ε once for the hub; the sum over its edges says {:.1f}; log V by "
          "splitting, {}",
          strength(1e-8).sum - strength(1e-4).sum, error_text(v.log_volume[1])));
}

const ClaimEntry c16{"C16",
                     "two directions each free alone, together not: N_eff is 1 where the Hessian says 0",
                     {.fixed = 1.2},
                     figure_one};
const ClaimEntry c19{"C19", "apart, sets add their freedom; interaction takes it away", {.fixed = 13}, freedom_adds};
const ClaimEntry c20{"C20", "N_eff of interacting directions is a matching number", {.fixed = 6}, matching_number};
const ClaimEntry c21{"C21", "volume and N_eff of one interaction, with a cut-off at epsilon", {.fixed = 0.81}, cut_off};
const ClaimEntry c23{"C23", "a sum of logarithms overcounts a hub", {.fixed = 2.2}, hub};

}  // namespace
}  // namespace basin::experiments
