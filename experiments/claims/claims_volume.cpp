#include "experiments/claims/claims_volume.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "autodiff/ops.h"
#include "autodiff/program.h"
#include "autodiff/transform.h"
#include "core/lapack.h"
#include "experiments/claims/chance.h"
#include "experiments/claims/claim_nets.h"

namespace basin::experiments {
namespace {

using interp::Edge;
using interp::Loss;
using interp::Measured;
using interp::VolumeCurve;

const Loss figure_one = interaction_loss({{0, 1}});
constexpr double multiples_of_half = 0.24;  // less than ¼ tells them apart; a logarithm takes up to 0.1, the rest is
                                            // five standard errors of 200 particles, at most 0.026
constexpr double slope_error = 0.006;       // standard error over seeds of the slope at ε = 3e-7
constexpr double hub_error = 0.013;         // and of log V of the star

std::string error_text(const Measured& e) { return fmt::format("standard error {:.1g}", e.error); }

VolumeCurve measure(const Loss& loss, std::int64_t dimension, std::span<const double> epsilons, const std::string& name,
                    const ClaimSettings& settings, std::int64_t particles) {
  return interp::volume_by_splitting(loss, {dimension}, epsilons, Rng(settings.seed, "claims/volume/" + name),
                                     {.particles = particles, .replicas = 6, .threads = settings.threads});
}

Claim near_zero(const std::string& id, const std::string& title, double predicted, const Loss& loss,
                std::int64_t dimension, const std::string& how, const ClaimSettings& settings) {
  const Measured e = n_eff_near_zero(loss, dimension, id + title, settings);
  return judged(id, title, predicted, e.value, multiples_of_half,
                fmt::format("{}; slope of log V between ε = 1e-15 and 1e-30 by splitting, {}", how, error_text(e)));
}

// Null directions at 0 of the Hessian of w1² w2², by the engine.
double hessian_null_directions() {
  Graph graph;
  const std::vector<Var> w{graph.input("w1", {}), graph.input("w2", {})};
  std::vector<Var> second;
  for (Var first : grad(square(w[0]) * square(w[1]), w))
    for (Var entry : grad(first, w)) second.push_back(entry);
  Program<double> program(graph, {.fetch = second});
  for (Var v : w) program.input(v)[0] = 0;
  program.run();
  Matrix hessian({2, 2});
  for (int i = 0; i < 4; ++i) hessian[i] = program.scalar(second[i]);
  return 2 - double(decide_rank(singular_values(hessian)).rank);
}

double slope_at(double epsilon, const ClaimSettings& settings, std::string& how) {
  const double around[] = {epsilon * std::sqrt(10), epsilon / std::sqrt(10)};
  const Measured e = measure(figure_one, 2, around, "C16", settings, 14000).n_eff[0];
  how = fmt::format("slope of log V over a decade around ε by splitting, {}", error_text(e));
  return e.value;
}

}  // namespace

Loss interaction_loss(std::vector<Edge> edges) {
  return [edges = std::move(edges)](std::span<const double> w) {
    double sum = 0;
    for (const Edge& e : edges) {
      const double product = w[e.a] * w[e.b];
      sum += e.weight * product * product;
    }
    return sum;
  };
}

std::vector<InteractionGraph> named_graphs() {
  return {{"star of 3", 4, {{0, 1}, {0, 2}, {0, 3}}},
          {"path of 3 edges", 4, {{0, 1}, {1, 2}, {2, 3}}},
          {"K_{3,2}", 5, {{0, 3}, {0, 4}, {1, 3}, {1, 4}, {2, 3}, {2, 4}}},
          {"triangle", 3, {{0, 1}, {1, 2}, {0, 2}}}};
}

Measured n_eff_near_zero(const Loss& loss, std::int64_t dimension, const std::string& name,
                         const ClaimSettings& settings) {
  const double epsilons[] = {1e-15, 1e-30};
  return measure(loss, dimension, epsilons, name, settings, 200).n_eff[0];
}

std::vector<Claim> claim_figure_one(const ClaimSettings& settings) {
  const double epsilon = 3e-7, closed = 1 - 1 / (1 + 0.5 * std::log(1 / epsilon));
  std::string how;
  const double measured = slope_at(epsilon, settings, how);
  return {judged("C16", "w1² w2²: null directions of the Hessian at 0", 2.0, hessian_null_directions(), 0,
                 "neither weight alone costs anything; rank by the engine's second derivatives"),
          near_zero("C16", "w1² w2²: N_eff as ε goes to 0", 1, figure_one, 2, "together they do", settings),
          judged("C16", "w1² w2²: N_eff at ε = 3e-7", closed, measured, allowed_errors * slope_error,
                 "1 - 1/(1 + ½ log 1/ε), within five standard errors; " + how)};
}

std::vector<Claim> claim_freedom_adds(const ClaimSettings& settings) {
  const Loss tied = [](std::span<const double> w) {
    const double u = w[0], v = w[1], p = w[2], q = w[3];  // the second copy is (u - p, v - q)
    const double first = u * v, second = (u - p) * (v - q);
    return first * first + second * second + p * p + q * q;
  };
  const Edge a{0, 1}, b{0, 2}, c{3, 4}, d{3, 5}, between{1, 4};  // hubs 0 and 3, two leaves each
  const auto row = [&](const std::string& title, double predicted, const Loss& loss, std::int64_t dimension,
                       const std::string& how) {
    return near_zero("C19", title, predicted, loss, dimension, how, settings);
  };
  return {row("two copies of w1² w2², not coupled", 1 + 1, interaction_loss({{0, 1}, {2, 3}}), 4, "1 for each"),
          row("two copies of w1² w2², tied by the squares of their differences", 1 + 2, tied, 4,
              "1 for both, 2 for the differences"),
          row("two stars of 2 edges, not coupled", 1 + 1, interaction_loss({a, b, c, d}), 6, "1 for each hub"),
          row("the two stars coupled from leaf to leaf", 3, interaction_loss({a, b, c, d, between}), 6,
              "both hubs, and the coupling on top")};
}

std::vector<Claim> claim_matching_number(const ClaimSettings& settings) {
  std::vector<Claim> claims;
  for (const InteractionGraph& g : named_graphs())
    claims.push_back(near_zero("C20", g.name, interp::fractional_matching_number(g.nodes, g.edges),
                               interaction_loss(g.edges), g.nodes,
                               fmt::format("fractional matching number; {} edges", g.edges.size()), settings));
  return claims;
}

std::vector<Claim> claim_interaction_cut_off(const ClaimSettings& settings) {
  std::vector<Claim> claims;
  constexpr std::int64_t samples = 3000000;
  for (const double kappa : {1.0, 1e-2, 1e-4}) {
    const double epsilon = 1e-5, t = std::sqrt(epsilon / kappa), predicted = 4 * t * (1 + std::log(1 / t));
    const double at[] = {3 * kappa, 2 * kappa, epsilon};
    const std::string name = fmt::format("κ = {:g}: ", kappa);
    const VolumeCurve v = interp::volume_by_monte_carlo(interaction_loss({{0, 1, kappa}}), {2}, at, samples,
                                                        Rng(settings.seed, "claims/C21/" + name), settings.threads);
    claims.push_back(judged("C21", name + "V at ε = 1e-5", predicted, std::exp(v.log_volume[2].value),
                            4 * share_tolerance(predicted / 4, samples),
                            "4t(1 + log 1/t), t = sqrt(ε/κ), within five standard errors; Monte Carlo, relative " +
                                error_text(v.log_volume[2])));
    claims.push_back(judged("C21", name + "N_eff between ε = 3κ and 2κ", 0.0, std::abs(v.n_eff[0].value), 0,
                            "above κ the whole box is below ε; Monte Carlo"));
  }
  return claims;
}

std::vector<Claim> claim_hub(const ClaimSettings& settings) {
  const double at[] = {1e-4}, s = 1e-2, weight = 0.5 * std::log(1 / at[0]);
  const InteractionGraph star = named_graphs().front();
  const Measured v = measure(interaction_loss(star.edges), 4, at, "C23", settings, 16000).log_volume[0];
  const double measured = 4 * std::log(2.0) - v.value;
  const interp::MatchingStrength strength = interp::matching_strength(star.nodes, star.edges, at[0]);
  const double inverse_distance = 1.5 * std::log(2 + std::sqrt(3.0)) - std::numbers::pi / 4;
  const std::string how = "-log of the share of the box at ε = 1e-4 by splitting, " + error_text(v);
  return {
      judged("C23", "star of 3: matching strength", weight, strength.matching, 1e-12, "½ log 1/ε, once for the hub"),
      judged("C23", "star of 3: sum of the logarithms", 3 * weight, strength.sum, 1e-12, "½ log 1/ε for each edge"),
      judged("C23", "star of 3: what the volume pays, leading part", strength.matching, measured, 0.3,
             "matching strength, up to a constant; " + how),
      judged("C23", "star of 3: what the volume pays", -std::log(s * inverse_distance), measured,
             allowed_errors * hub_error, "with the mean of 1/|v| over the unit cube, 1.5 log(2 + √3) - π/4; " + how)};
}

}  // namespace basin::experiments
