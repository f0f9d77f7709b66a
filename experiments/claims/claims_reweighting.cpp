// C37: what chains fluctuate says how expectations answer when some data count more (docs/theory.md §6.6): against
// chains under other weights, and against a law that is known.
#include <fmt/format.h>

#include <cmath>

#include "autodiff/ops.h"
#include "core/chance.h"
#include "core/lapack.h"
#include "core/matrix.h"
#include "core/rng.h"
#include "core/statistics.h"
#include "experiments/claims/degeneracy_claims.h"
#include "interp/llc/responses.h"
#include "interp/llc/row_losses.h"
#include "nn/superposition.h"
#include "nn/superposition_polygons.h"

namespace basin::experiments {
namespace {

using interp::DataClass;
using interp::LocalPosterior;
using interp::Observable;
using interp::Reweighting;

constexpr std::int64_t chains = 32;

interp::Places places_of(const LocalPosterior& p, double step, std::int64_t draws, const ClaimSettings& settings) {
  return {chains, interp::sample<double>(p, {.step = step},
                                         {.chains = chains,
                                          .draws = draws,
                                          .warm_up = 200,
                                          .seed = settings.seed,
                                          .threads = settings.threads,
                                          .keep_every = 1})
                      .places};
}

Observable entry(const std::string& name, const std::string& parameter, std::int64_t axis, std::int64_t at) {
  return {name, [=](Graph& graph, const Ends&) { return sum(slice(graph[parameter], axis, at, at + 1)); }};
}

// --- the toy model of superposition ---

constexpr std::int64_t features = 5, samples = 25;
constexpr double step = 0.0052;

// Near a regular pentagon in the plane, where the slopes of the five features' losses cancel: weights that differ move
// it.
LocalPosterior pentagon() {
  const nn::CriticalPoint at = nn::critical_point({features, 0, features});
  LocalPosterior p{.n_beta = 1e4, .gamma = 1};
  p.model = {nn::superposition({.features = features}),
             interp::parameters_from({{"W", at.point.W}, {"b", Tensor<double>({features}, at.point.b)}})};
  p.data = nn::feature_inputs(nn::feature_data({.features = features, .samples = samples}));
  return p;
}

// Feature 0 is in every fifth row.
DataClass data_of_feature_0() {
  DataClass rows{"feature 0", {}};
  for (std::int64_t row = 0; row < samples; row += features) rows.rows.push_back(row);
  return rows;
}

// Chains under weights 1 ± h of its data have the same noise, of which their difference is nearly rid.
std::vector<ChainMean> differences(Reweighting how, const std::vector<Observable>& observables,
                                   const ClaimSettings& settings) {
  const DataClass own = data_of_feature_0();
  const double h = how == Reweighting::share ? 0.02 : 0.1, part = double(own.rows.size()) / double(samples);
  const auto seen = [&](double by) {
    std::vector<double> weights(samples, how == Reweighting::share ? 1 - by : 1);
    for (const std::int64_t row : own.rows) weights[std::size_t(row)] += how == Reweighting::share ? by / part : by;
    const interp::Places places = places_of(interp::reweighted(pentagon(), weights), step, 600, settings);
    return interp::observe(pentagon(), places, observables, settings.threads);
  };
  std::vector<Tensor<double>> up = seen(h);
  const std::vector<Tensor<double>> down = seen(-h);
  std::vector<ChainMean> slopes;
  for (std::size_t o = 0; o < up.size(); ++o) {
    for (std::int64_t i = 0; i < up[o].size(); ++i) up[o][i] = (up[o][i] - down[o][i]) / (2 * h);
    slopes.push_back(chain_mean(up[o]));
  }
  return slopes;
}

void superposition(ClaimTable& table, const ClaimSettings& settings) {
  const DataClass own = data_of_feature_0();
  const Observable length{"|W_0|²", [](Graph& graph, const Ends&) { return sum(square(slice(graph["W"], -1, 0, 1))); }};
  const std::vector<Observable> observables{length, entry("b_2", "b", -1, 2), interp::mean_loss_of("L_0", own.rows)};
  std::vector<Observable> all = observables;
  all.push_back(interp::row_losses());
  const LocalPosterior p = pentagon();
  const std::vector<Tensor<double>> seen =
      interp::observe(p, places_of(p, step, 4000, settings), all, settings.threads);
  for (const Reweighting how : {Reweighting::weight, Reweighting::share}) {
    const std::vector<ChainMean> slopes = differences(how, observables, settings);
    const Matrix change = interp::loss_change(seen.back(), own, how);
    for (std::size_t o = 0; o < slopes.size(); ++o) {
      const interp::Response r = interp::response(seen[o], change, p.n_beta);
      table
          .expect(fmt::format("superposition: E[{}] by the {} of feature 0's data", observables[o].name,
                              how == Reweighting::share ? "share" : "weight"),
                  slopes[o].mean, r.value)
          .within(allowed_errors * std::hypot(slopes[o].error, r.error))
          .because(
              fmt::format("finite differences: of the mean over chains under weights 1 ± h, standard error {:.1g}; "
                          "-nβ times the covariance in chains under weight 1, standard error {:.1g}",
                          slopes[o].error, r.error));
    }
  }
}

// --- a linear regression, whose posterior is normal ---

constexpr std::int64_t rows = 30, plane_inputs = 3;

// ℓ_i = (x_i · w - t_i)² around its minimum, at w = 0.
LocalPosterior regression(Rng rng) {
  LocalPosterior p{.n_beta = 50, .gamma = 1};
  p.model.trace = [](Graph& graph, std::int64_t n) {
    const Var out = matmul(graph.input("x", {n, plane_inputs}), graph.input("w", {plane_inputs, 1}));
    return Ends{out, graph.name(sum(square(out - graph.input("t", {n, 1})), {-1}), "loss")};
  };
  const Matrix x = normal_matrix(rows, plane_inputs, rng);
  Matrix t = normal_matrix(rows, 1, rng);
  const Matrix fit = matmul(x, solve(matmul(x, x, true), matmul(x, t, true)));
  for (std::int64_t i = 0; i < rows; ++i) t[i] -= fit[i];
  p.data = {{"x", x}, {"t", t}};
  p.model.parameters = interp::parameters_from({{"w", Tensor<double>({plane_inputs, 1})}});
  return p;
}

// E[w] = A⁻¹ (2nβ/n) Σ v_i t_i x_i with A = (2nβ/n) Σ v_i x_i x_iᵀ + γ is 0 at v = 1, and d/dv_i is A⁻¹ (2nβ/n) t_i
// x_i.
std::vector<double> exact_influences(const LocalPosterior& p) {
  const Tensor<double>&x = p.data.at("x"), &t = p.data.at("t");
  const double by = 2 * p.n_beta / double(rows);
  Matrix a = matmul(x, x, true);
  for (double& v : a.data) v *= by;
  for (std::int64_t j = 0; j < plane_inputs; ++j) a(j, j) += p.gamma;
  const Matrix of_x = solve(a, transpose(x));
  std::vector<double> exact;
  for (std::int64_t i = 0; i < rows; ++i) exact.push_back(by * t[i] * of_x(0, i));
  return exact;
}

void linear(ClaimTable& table, const ClaimSettings& settings) {
  const LocalPosterior p = regression(Rng(settings.seed, "claims/C37"));
  const auto seen = interp::observe(p, places_of(p, 0.1, 3000, settings),
                                    {entry("w_0", "w", -2, 0), interp::row_losses()}, settings.threads);
  const std::vector<double> exact = exact_influences(p);
  const std::string path = "closed form: the derivative of the normal law's mean";
  DataClass ten{"ten rows", {}};
  double sum = 0;
  for (std::int64_t i = 0; i < 10; ++i) ten.rows.push_back(i), sum += exact[std::size_t(i)];
  for (const Reweighting how : {Reweighting::weight, Reweighting::share}) {
    const interp::Response r = interp::response(seen[0], interp::loss_change(seen[1], ten, how), p.n_beta);
    const bool share = how == Reweighting::share;  // the influences of all rows add up to 0, so L has no part in it
    table
        .expect(fmt::format("regression: E[w_0] by the {} of ten rows", share ? "share" : "weight"),
                share ? 3 * sum : sum, r.value)
        .within(allowed_errors * r.error)
        .because(fmt::format("{}; {} chains, standard error {:.1g}", path, chains, r.error));
  }
  const Tensor<double> phi(Shape{seen[0].shape[0], seen[0].shape[1], 1}, seen[0].data);
  const CovarianceTable found = interp::influences(phi, seen[1], p.n_beta, settings.threads);
  std::int64_t off = 0;
  double error = 0;
  for (std::int64_t i = 0; i < rows; ++i) {
    off += !(std::abs(found.value[i] - exact[std::size_t(i)]) <= allowed_errors * found.error[i]);
    error = worse(error, found.error[i]);
  }
  table.expect("regression: rows whose influence on E[w_0] is off", 0, off)
      .because(
          fmt::format("{}, for each of {} rows within five standard errors, of {:.1g} at most", path, rows, error));
}

void reweighting(ClaimTable& table, const ClaimSettings& settings) {
  superposition(table, settings);
  linear(table, settings);
}

const ClaimEntry c37{
    "C37", "covariances with losses say how expectations answer when data count more", {.fixed = 2.1}, reweighting};

}  // namespace
}  // namespace basin::experiments
