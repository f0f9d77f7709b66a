// C1: at any theta* the Hessian of the behavioural loss L_B(theta) = (1/n) sum_x |f_theta(x) - f_theta*(x)|^2 is
// (2/n) J^T J (docs/theory.md §1). That L_B and its gradient are zero there is its definition; that the engine's L_B is
// this loss is measured beside theta*.
#include <cmath>

#include "autodiff/ops.h"
#include "core/lapack.h"
#include "core/statistics.h"
#include "experiments/claims/direct_jacobian.h"
#include "interp/layers/plain_loops.h"
#include "interp/spectra/loss_derivatives.h"
#include "nn/data/planted/unplanted.h"

namespace basin::experiments {
namespace {

using interp::moved;
using interp::plain_loss;

// L_B, its gradient and its Hessian by the engine, at the parameters of `data`.
interp::LossDerivatives derivatives(const ClaimNet& data, const Matrix& target) {
  interp::ModelPoint model = interp::dense_network(data.net).model;
  model.trace = [network = interp::model_of(data.net)](Graph& graph, std::int64_t rows) {
    const Var out = network.trace(graph, rows).output;
    return Ends{out, graph.name(sum(square(out - graph.input("target", out.shape()))) / double(rows), "loss")};
  };
  return interp::loss_derivatives(model, "loss", {{"x", data.x}, {"target", target}});
}

double largest(const std::vector<double>& values) {
  return std::abs(std::ranges::max(values, {}, [](double v) { return std::abs(v); }));
}

double relative_difference(Matrix a, const Matrix& b) {
  for (std::int64_t i = 0; i < a.size(); ++i) a[i] -= b[i];
  return largest(a.data) / largest(b.data);
}

// A random unit direction in which no neuron is switched on or off by a step: at a kink there is no Hessian.
Matrix smooth_direction(const ClaimNet& data, double step, Rng& rng) {
  Matrix v({data.net.parameters(), 1});
  do {
    rng.fill_normal(std::span<double>(v.data), 1 / std::sqrt(double(v.size())));
  } while (!interp::fire_alike(moved(data.net, v.data, step), moved(data.net, v.data, -step), data.x));
  return v;
}

// Largest relative error of v^T H v against (L(theta + h v) + L(theta - h v)) / h^2 in such directions v;
// L(theta) = 0.
double second_difference_error(const ClaimNet& data, const Matrix& target, const Matrix& hessian, Rng rng) {
  constexpr double h = 1e-4;
  double worst = 0;
  for (int repeat = 0; repeat < 8; ++repeat) {
    const Matrix v = smooth_direction(data, h, rng);
    const double wanted = matmul(v, matmul(hessian, v), true, false)[0];
    const double up = plain_loss(moved(data.net, v.data, h), data.x, target);
    const double down = plain_loss(moved(data.net, v.data, -h), data.x, target);
    worst = worse(worst, std::abs((up + down) / (h * h) - wanted) / wanted);
  }
  return worst;
}

struct Errors {
  double loss, gradient;
};

// Of L_B and its gradient at theta* + step v, relative, in a direction in which no neuron is switched.
Errors errors_beside(const ClaimNet& data, const Matrix& target, Rng rng) {
  constexpr double step = 1e-3, h = 1e-6;
  const Matrix v = smooth_direction(data, step, rng);
  const ClaimNet beside{moved(data.net, v.data, step), data.x};
  const interp::LossDerivatives d = derivatives(beside, target);
  Matrix gradient({1, v.size()}, d.gradient), differences(gradient.shape);
  for (std::int64_t i = 0; i < v.size(); ++i) {
    std::vector<double> unit(v.data.size(), 0.0);
    unit[std::size_t(i)] = 1;
    differences[i] = (plain_loss(moved(beside.net, unit, h), data.x, target) -
                      plain_loss(moved(beside.net, unit, -h), data.x, target)) /
                     (2 * h);
  }
  const double loss = plain_loss(beside.net, data.x, target);
  return {std::abs(d.loss - loss) / loss, relative_difference(gradient, differences)};
}

void expect_hessian(ClaimTable& table, const std::string& name, const ClaimNet& data, const ClaimSettings& settings) {
  const Matrix target = interp::plain_pre_activations(data.net, data.x).back();
  const interp::LossDerivatives d = derivatives(data, target);
  const Matrix J = chain_rule_jacobian(data);
  Matrix squared = matmul(J, J, true, false);
  for (double& v : squared.data) v *= 2 / double(data.x.rows());
  const std::vector<double> eigenvalues = eigh(d.hessian, false).values;
  const Errors beside = errors_beside(data, target, Rng(settings.seed, "claims/C1/beside"));
  const auto row = [&](const std::string& what, double predicted, double measured, double tolerance,
                       const std::string& how) {
    table.expect(what + ", " + name, predicted, measured).within(tolerance).because(how);
  };
  row("loss beside theta*, relative error", 0, beside.loss, 1e-10,
      "plain loops: the loss there; measured by the engine");
  row("gradient beside theta*, relative error", 0, beside.gradient, 1e-4,
      "finite differences: of the loss in plain loops; measured by the engine; over the largest entry");
  row("H against (2/n) J^T J", 0, relative_difference(d.hessian, squared), 1e-11,
      "plain loops: J by the chain rule; H by the engine's Hessian products; largest difference over largest entry");
  row("second differences against v^T H v", 0,
      second_difference_error(data, target, d.hessian, Rng(settings.seed, "claims/C1/v")), 1e-5,
      "finite differences: of the loss in plain loops, step 1e-4, 8 random directions off the kinks; H by the engine; "
      "largest relative error");
  row("lowest eigenvalue of H over the highest", 0, eigenvalues.back() / eigenvalues.front(), 1e-13,
      "theorem: a Gram matrix has no negative eigenvalue, and none is below rounding; H by the engine");
  row("rank H", double(decide_rank(singular_values(J)).rank),
      double(decide_rank(singular_values(d.hessian), 1e-13).rank), 0,
      "direct eigenvalues: LAPACK on J in plain loops; H by the engine, at 1e-13 for it squares the values");
}

// Widths 5-6-5-3 with normal weights, never trained, on those of 60 normal inputs that are far from kinks: the first
// network whose nonzero singular values of J lie above 1e-5 of the largest. H squares them, and below 1e-7 its rank
// drowns in rounding.
ClaimNet random_net(const ClaimSettings& settings) {
  Rng rng(settings.seed, "claims/C1/net");
  for (;;) {
    ClaimNet data = far_from_kinks(claim_net(nn::normal_net(
                                       {5, 6, 5, 3}, 60, rng, [](double in) { return 1 / std::sqrt(in); }, 0.5)),
                                   1e-2);
    const std::vector<double> s = singular_values(chain_rule_jacobian(data));
    if (decide_rank(s).rank == decide_rank(s, 1e-5).rank) return data;
  }
}

void hessian(ClaimTable& table, const ClaimSettings& settings) {
  expect_hessian(table, "random 5-6-5-3", random_net(settings), settings);
  const std::uint64_t seed = Rng(settings.seed, "claims/C1/planted").next_u64();
  const nn::Plan plan{.hidden = {nn::blocks({3, 2, 1})}};
  expect_hessian(table, "planted blocks 3, 2, 1", far_from_kinks(claim_net(nn::plant(plan, seed)), 1e-3), settings);
}

const ClaimEntry c1{"C1", "the Hessian of the behavioural loss is (2/n) J^T J", {.fixed = 0.039}, hessian};

}  // namespace
}  // namespace basin::experiments
