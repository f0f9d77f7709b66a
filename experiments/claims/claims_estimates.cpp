// C39: Lanczos, quadrature and Hutch++ (docs/theory.md §1.5) are as exact as they say, on networks of 38 parameters
// whose Gauss-Newton matrix and Hessian are formed by differences of plain loops.
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "autodiff/ops.h"
#include "core/chance.h"
#include "core/lapack.h"
#include "core/matrix.h"
#include "core/statistics.h"
#include "experiments/claims/basis_claims.h"
#include "experiments/claims/coverage.h"
#include "experiments/claims/dense_curvature.h"
#include "experiments/claims/direct_jacobian.h"
#include "interp/degeneracy/scaled_degeneracy.h"
#include "interp/spectra/lanczos.h"
#include "interp/spectra/spectral_density.h"
#include "interp/spectra/trace.h"

namespace basin::experiments {
namespace {

using Values = std::vector<double>;
using Function = std::function<double(double)>;

constexpr std::int64_t probes = 10;
const std::string direct_eigenvalues = "direct eigenvalues: LAPACK on the matrix by differences of plain loops";

double sum_over(const Values& eigenvalues, const Function& f) {
  double sum = 0;
  for (const double h : eigenvalues) sum += f(h);
  return sum;
}

Values positive(Values eigenvalues) {
  for (double& h : eigenvalues) h = std::max(h, 0.0);
  return eigenvalues;
}

// f of each eigenvalue as its definition has it.
Function soft(double cutoff) {
  return [=](double h) { return h / (h + cutoff); };
}
Function smooth(double cutoff) {
  return [=](double h) { return h > 0 ? std::erfc(-10 * std::log10(h / cutoff) / std::numbers::sqrt2) / 2 : 0; };
}
Function bump(double place) {
  return [=](double h) {
    const double z = h > 0 ? 2 * std::log10(h / place) : INFINITY;
    return 2 / std::sqrt(2 * std::numbers::pi) * std::exp(-z * z / 2);
  };
}

// All steps: nothing is left unresolved.
EstimateMethod by_quadrature(const std::string& title, const Matrix& a, double exact,
                             const std::function<interp::SpectralSum(const interp::SpectralQuadrature&)>& sum) {
  return {title, exact, probes, [=, op = interp::matrix_operator(a)](std::uint64_t seed) {
            const interp::SpectralSum found =
                sum(interp::lanczos_quadrature(op, {.probes = probes, .steps = op.size, .seed = seed}));
            return interp::TraceEstimate{found.value, found.standard_error};
          }};
}

EstimateMethod by_hutch(const std::string& title, const interp::Operator& op, double exact) {
  constexpr std::int64_t products = 30;
  return {title, exact, products - 2 * (products / 3),
          [=](std::uint64_t seed) { return interp::trace_estimate(op, {.products = products, .seed = seed}); }};
}

std::vector<EstimateMethod> methods(const DenseCurvature& c) {
  const Values gauss_newton = positive(eigh(c.gauss_newton, false).values), hessian = eigh(c.hessian, false).values;
  const double largest = gauss_newton.front(), a = 1e-3 * largest;
  const Function one = [](double h) { return h; };
  const auto of = [&](const Function& f) { return sum_over(gauss_newton, f); };
  return {
      by_quadrature("N_eff at 1e-3", c.gauss_newton, of(soft(a)), [=](auto& q) { return interp::soft_count(q, a); }),
      by_quadrature("eigenvalues above 1e-2", c.gauss_newton, of(smooth(10 * a)),
                    [=](auto& q) { return interp::smooth_count(q, 10 * a); }),
      by_quadrature("density at 1e-2", c.gauss_newton, of(bump(10 * a)),
                    [=](auto& q) {
                      const interp::SpectralDensity d = interp::spectral_density(q, {10 * a}, 0.5);
                      return interp::SpectralSum{d.density[0], d.standard_error[0], 0};
                    }),
      by_quadrature("tr H by quadrature", c.hessian, sum_over(hessian, one),
                    [=](auto& q) { return interp::spectral_sum(q, one); }),
      by_hutch("tr H by Hutch++", interp::matrix_operator(c.hessian), sum_over(hessian, one)),
      by_hutch("N_eff at 1e-3 by Hutch++",
               interp::function_operator(interp::matrix_operator(c.gauss_newton), soft(a), c.gauss_newton.rows()),
               of(soft(a)))};
}

// Several soft counts after few steps, each less what all steps give, in units of what is said to be unresolved.
void expect_unresolved(ClaimTable& table, const ClaimSettings& settings, const Matrix& a) {
  constexpr std::int64_t steps = 6, runs = 200;
  const interp::Operator op = interp::matrix_operator(a);
  const double cutoff = 1e-6 * eigh(a, false).values.front();
  const std::vector<double> shares = parallel_results(settings.threads, runs, [&](std::int64_t i) {
    const std::uint64_t seed = Rng(settings.seed, "claims/C39/steps").stream(std::to_string(i)).next_u64();
    const auto count = [&](std::int64_t m) {
      return interp::soft_count(interp::lanczos_quadrature(op, {.probes = 2, .steps = m, .seed = seed}), cutoff);
    };
    const interp::SpectralSum few = count(steps);
    return std::abs(few.value - count(op.size).value) / few.unresolved;
  });
  table
      .expect("largest distance of N_eff at 1e-6 after 6 steps to that after all, over what is unresolved", 0.75,
              std::ranges::max(shares))
      .within(0.25)
      .because(
          "theorem: Gauss and Radau rules enclose, so at most 1 in any of 200 seeds; more than 1/2 in some, or it is "
          "twice too wide");
}

double largest_magnitude(const Matrix& a) {
  return std::abs(std::ranges::max(a.data, {}, [](double v) { return std::abs(v); }));
}

// Ritz vectors long before they have converged: |A y - theta y| by the dense matrix, and eigenvalues near theta.
void expect_residuals(ClaimTable& table, const ClaimSettings& settings, const Matrix& a) {
  constexpr std::int64_t runs = 100;
  const Values eigenvalues = eigh(a, false).values;
  const double rounding = 1e-12 * eigenvalues.front();
  double worst = 0;
  std::int64_t outside = 0;
  for (std::int64_t i = 0; i < runs; ++i) {
    const std::uint64_t seed = Rng(settings.seed, "claims/C39/lanczos").stream(std::to_string(i)).next_u64();
    const interp::LargestEigenvalues top =
        interp::largest_eigenvalues(interp::matrix_operator(a), 5, {.max_steps = 9, .seed = seed});
    Matrix off = matmul(top.vectors, a);
    for (std::int64_t v = 0; v < off.rows(); ++v) {
      for (std::int64_t j = 0; j < off.cols(); ++j) off(v, j) -= top.values[v] * top.vectors(v, j);
      const double length = std::sqrt(dot(off.row(v), off.row(v))), said = top.residuals[v];
      worst = worse(worst, std::abs(length - said) / std::max(said, 1e6 * rounding));
      outside +=
          std::ranges::none_of(eigenvalues, [&](double h) { return std::abs(h - top.values[v]) <= said + rounding; });
    }
  }
  table.expect("residuals of Ritz vectors against |A y - θ y|, largest relative difference", 0, worst)
      .within(1e-5)
      .because("finite differences: products with the dense matrix of plain loops; 5 vectors after 9 steps, 100 seeds");
  table.expect("Ritz values without an eigenvalue within their residual", 0, outside)
      .because(direct_eigenvalues + "; a bound, and no share may miss it");
}

// A v for several random v against the dense matrix.
void expect_products(ClaimTable& table, const std::string& name, const interp::Operator& op, const Matrix& dense,
                     Rng rng) {
  const Matrix v = normal_matrix(8, dense.rows(), rng);
  Matrix found(v.shape), wanted = matmul(v, dense);
  op.apply(v.data, found.data);
  for (std::int64_t i = 0; i < v.size(); ++i) found[i] -= wanted[i];
  table
      .expect(name + ": largest difference of products over the largest entry", 0,
              largest_magnitude(found) / largest_magnitude(wanted))
      .within(1e-5)
      .because("finite differences: the dense matrix of plain loops, times 8 random vectors");
}

// The squared error as "loss" [rows]: its mean over samples is the loss of DenseCurvature.
interp::ModelPoint with_loss(const interp::ReluNet& net) {
  interp::ModelPoint model = interp::dense_network(net).model;
  model.trace = [network = interp::model_of(net)](Graph& graph, std::int64_t rows) {
    const Var out = network.trace(graph, rows).output, target = graph.input("target", out.shape());
    return Ends{out, graph.name(sum(square(out - target), {-1}), "loss")};
  };
  return model;
}

void expect_operators(ClaimTable& table, const DenseCurvature& c, const Rng& rng) {
  const interp::DenseNetwork network = interp::dense_network(c.net.net);
  const Matrix J = difference_jacobian(c.net);
  Matrix of_outputs = matmul(J, J, false, true);
  for (double& v : of_outputs.data) v *= 2 / double(c.net.x.rows());
  const Inputs inputs{{"x", c.net.x}}, both{{"x", c.net.x}, {"target", c.targets}};
  expect_products(table, "(2/n) J^T J", interp::gauss_newton_operator(network.model, network.output, inputs),
                  c.gauss_newton, rng);
  expect_products(table, "(2/n) J J^T", interp::output_operator(network.model, network.output, inputs), of_outputs,
                  rng);
  expect_products(table, "H", interp::hessian_operator(with_loss(c.net.net), "loss", both), c.hessian, rng);
}

double distance_to_nearest(const Values& eigenvalues, double value) {
  double distance = std::numeric_limits<double>::infinity();
  for (const double h : eigenvalues) distance = std::min(distance, std::abs(h - value));
  return distance;
}

// All of it on the network itself: its operators, the side of J that is smaller, cut-offs relative to the largest.
void expect_scaled(ClaimTable& table, const ClaimSettings& settings, const std::string& title, const ClaimNet& net) {
  constexpr std::int64_t runs = 30;
  Values eigenvalues = squared_values(difference_jacobian(net));
  for (double& h : eigenvalues) h *= 2 / double(net.x.rows());
  double worst = 0;
  Values soft_counts;
  for (std::int64_t i = 0; i < runs; ++i) {
    const std::uint64_t seed = Rng(settings.seed, "claims/C39/" + title).stream(std::to_string(i)).next_u64();
    const interp::ScaledDegeneracy found =
        interp::scaled_degeneracy(net.net, net.x, {.relative_cutoffs = {1e-3}, .top = 3, .probes = 5, .seed = seed});
    worst = worse(worst, std::abs(found.top.values.front() - eigenvalues.front()) / eigenvalues.front());
    for (const double value : found.top.values) worst = worse(worst, distance_to_nearest(eigenvalues, value) / value);
    soft_counts.push_back(found.counts[0].soft.value);
  }
  const Estimate mean = estimate(soft_counts);
  table.expect(title + ": first three values to eigenvalues, largest relative distance", 0, worst)
      .within(1e-6)
      .because(
          "direct eigenvalues: LAPACK on J by differences of plain loops; the first to the largest, all to the "
          "nearest, "
          "as of equal ones one is found; 30 seeds");
  table
      .expect(title + ": N_eff at 1e-3, mean of 30 seeds", sum_over(eigenvalues, soft(1e-3 * eigenvalues.front())),
              mean.mean)
      .within(mean_tolerance(mean.deviation, runs))
      .because("direct eigenvalues: LAPACK on J by differences of plain loops; within five standard errors");
}

void estimates(ClaimTable& table, const ClaimSettings& settings) {
  Rng rng(settings.seed, "claims/C39");
  const DenseCurvature c = dense_curvature(random_claim_net({3, 5, 3}, rng), rng);
  expect_operators(table, c, rng.stream("products"));
  for (const EstimateMethod& m : methods(c)) expect_coverage(table, settings, m, direct_eigenvalues);
  expect_unresolved(table, settings, c.gauss_newton);
  expect_residuals(table, settings, c.gauss_newton);
  ClaimNet few = c.net;
  few.x = rows_of(c.net.x, 0, 8);
  expect_scaled(table, settings, "38 parameters, many samples", c.net);
  expect_scaled(table, settings, "38 parameters, 8 samples of 3 outputs", few);
}

const ClaimEntry c39{"C39", "estimates from products are as exact as they say", {.fixed = 7.9}, estimates};

}  // namespace
}  // namespace basin::experiments
