// C1: at any theta* the behavioural loss L_B(theta) = (1/n) sum_x |f_theta(x) - f_theta*(x)|^2 is zero with zero
// gradient, and its Hessian is (2/n) J^T J (docs/theory.md §1).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "autodiff/ops.h"
#include "autodiff/transform.h"
#include "core/lapack.h"
#include "core/rng.h"
#include "core/statistics.h"
#include "experiments/claims/claim_nets.h"
#include "interp/jacobian/parameter_jacobian.h"

namespace basin::experiments {
namespace {

using Theta = std::vector<interp::NamedTensor>;  // weights [in, out] and biases in turn

Theta theta_of(const ClaimNet& data) { return interp::named_tensors(interp::dense_network(data.net).model.parameters); }

// The network in plain loops, sharing nothing with the engine. [n, k]. Notes which hidden neurons fire, if asked.
Matrix forward(const Theta& theta, Matrix f, std::vector<char>* firing = nullptr) {
  for (std::size_t l = 0; l < theta.size(); l += 2) {
    const Tensor<double>&w = theta[l].value, &b = theta[l + 1].value;
    Matrix p({f.rows(), w.cols()});
    for (std::int64_t x = 0; x < p.rows(); ++x)
      for (std::int64_t i = 0; i < p.cols(); ++i) {
        p(x, i) = b[i];
        for (std::int64_t j = 0; j < f.cols(); ++j) p(x, i) += f(x, j) * w(j, i);
        if (l + 2 == theta.size()) continue;
        if (firing) firing->push_back(p(x, i) > 0);
        p(x, i) = std::max(p(x, i), 0.0);
      }
    f = std::move(p);
  }
  return f;
}

double plain_loss(const Theta& theta, const ClaimNet& data, const Matrix& target) {
  const Matrix f = forward(theta, data.x);
  double total = 0;
  for (std::int64_t i = 0; i < f.size(); ++i) total += (f[i] - target[i]) * (f[i] - target[i]);
  return total / double(f.rows());
}

Theta moved(Theta theta, double step, const std::vector<double>& direction) {
  auto d = direction.begin();
  for (interp::NamedTensor& part : theta)
    for (double& value : part.value.data) value += step * *d++;
  return theta;
}

struct Derivatives {
  double loss = 0;
  std::vector<double> gradient;  // [N]
  Matrix hessian;                // [N, N]
};

// One-hot directions over all of theta: row i of the slice at `offset` is 1 where the slice holds parameter i.
void feed_unit_directions(Program<double>& program, const std::vector<Var>& directions, std::int64_t n) {
  std::int64_t offset = 0;
  for (Var v : directions) {
    const std::span<double> rows = program.input(v);
    const std::int64_t size = std::int64_t(rows.size()) / n;
    std::ranges::fill(rows, 0.0);
    for (std::int64_t i = 0; i < size; ++i) rows[(offset + i) * size + i] = 1;
    offset += size;
  }
}

// L_B, its gradient and its Hessian at theta* by the engine: N Hessian products in one run.
Derivatives derivatives(const ClaimNet& data, const Theta& theta, const Matrix& target) {
  Graph graph;
  const Var out = interp::model_of(data.net).trace(graph, data.x.rows()).output;
  const Var loss = sum(square(out - graph.input("target", target.shape))) / double(data.x.rows());
  const std::int64_t n = data.net.parameters();
  std::vector<Var> params, directions;
  for (const auto& part : theta) {
    params.push_back(graph[part.name]);
    directions.push_back(graph.anonymous_input(Shape{n} + part.value.shape));
  }
  const std::vector<Var> gradient = grad(loss, params), products = hvp(loss, params, directions);
  std::vector<Var> fetch{loss};
  fetch.insert(fetch.end(), gradient.begin(), gradient.end());
  fetch.insert(fetch.end(), products.begin(), products.end());
  Program<double> program(graph, {.fetch = fetch});
  for (const auto& part : theta) program.feed(part.name, part.value.data);
  program.feed("x", data.x.data);
  program.feed("target", target.data);
  feed_unit_directions(program, directions, n);
  program.run();
  Derivatives d{.loss = program.scalar(loss), .gradient = {}, .hessian = Matrix({n, n})};
  for (std::size_t part = 0; part < theta.size(); ++part) {
    const std::int64_t offset = std::int64_t(d.gradient.size()), size = theta[part].value.size();
    std::ranges::copy(program.view(gradient[part]), std::back_inserter(d.gradient));
    const auto rows = program.view(products[part]);
    for (std::int64_t i = 0; i < n; ++i)
      std::ranges::copy(rows.subspan(i * size, size), d.hessian.row(i).begin() + offset);
  }
  return d;
}

double largest(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0,
                         [](double m, double v) { return std::max(m, std::abs(v)); });
}

double relative_difference(const Matrix& a, const Matrix& b) {
  std::vector<double> difference(a.data);
  for (std::size_t i = 0; i < difference.size(); ++i) difference[i] -= b.data[i];
  return largest(difference) / largest(b.data);
}

bool fire_alike(const Theta& a, const Theta& b, const Matrix& x) {
  std::vector<char> in_a, in_b;
  forward(a, x, &in_a);
  forward(b, x, &in_b);
  return in_a == in_b;
}

// A random unit direction in which no neuron is switched on or off by a step: at a kink there is no Hessian.
Matrix smooth_direction(const ClaimNet& data, const Theta& theta, std::int64_t n, double step, Rng& rng) {
  Matrix v({n, 1});
  do {
    rng.fill_normal(std::span<double>(v.data), 1 / std::sqrt(double(n)));
  } while (!fire_alike(moved(theta, step, v.data), moved(theta, -step, v.data), data.x));
  return v;
}

// Largest relative error of (2/n)|J v|^2 against (L(theta + h v) + L(theta - h v)) / h^2 in such directions v;
// L(theta) = 0.
double second_difference_error(const ClaimNet& data, const Theta& theta, const Matrix& target, const Matrix& hessian,
                               Rng rng) {
  constexpr double h = 1e-4;
  double worst = 0;
  for (int repeat = 0; repeat < 8; ++repeat) {
    const Matrix v = smooth_direction(data, theta, hessian.rows(), h, rng);
    const double wanted = matmul(v, matmul(hessian, v), true, false)[0];
    const double up = plain_loss(moved(theta, h, v.data), data, target);
    const double down = plain_loss(moved(theta, -h, v.data), data, target);
    worst = worse(worst, std::abs((up + down) / (h * h) - wanted) / wanted);
  }
  return worst;
}

Matrix jacobian_of(const ClaimNet& data, const ClaimSettings& settings) {
  return interp::parameter_jacobian_by_engine(interp::dense_network(data.net).model,
                                              interp::layer_name(data.net.layers() - 1) + ".pre", {{"x", data.x}},
                                              claim_options(settings).sweep);
}

void expect_hessian(ClaimTable& table, const std::string& name, const ClaimNet& data, const ClaimSettings& settings) {
  const Theta theta = theta_of(data);
  const Matrix target = forward(theta, data.x);
  const Derivatives d = derivatives(data, theta, target);
  const Matrix J = jacobian_of(data, settings);
  Matrix squared = matmul(J, J, true, false);
  for (double& v : squared.data) v *= 2 / double(data.x.rows());
  const std::vector<double> eigenvalues = eigh(d.hessian, false).values;
  // By construction: the loss is the distance of the network to itself, and that is a factor of the gradient.
  table.expect("loss at theta*, " + name, 0, d.loss)
      .within(1e-24)
      .because("outputs by the engine against plain loops")
      .by_construction();
  table.expect("gradient at theta*, " + name, 0, largest(d.gradient))
      .within(1e-12)
      .because("largest entry, by the engine")
      .by_construction();
  table.expect("H against (2/n) J^T J, " + name, 0, relative_difference(d.hessian, squared))
      .within(1e-11)
      .because("largest difference over largest entry; H by Hessian products, J by reverse sweeps");
  table
      .expect("second differences against (2/n) |J v|^2, " + name, 0,
              second_difference_error(data, theta, target, squared, Rng(settings.seed, "claims/C1/v")))
      .within(1e-5)
      .because("8 random directions off the kinks, loss in plain loops, step 1e-4; largest relative error");
  table.expect("lowest eigenvalue of H over the highest, " + name, 0, eigenvalues.back() / eigenvalues.front())
      .within(1e-13)
      .because("none is negative beyond rounding");
  table
      .expect("rank H, " + name, interp::degeneracy(data.net, data.x, claim_options(settings)).jacobian.rank,
              decide_rank(singular_values(d.hessian), 1e-13).rank)
      .because("predicted: rank J by streaming QR; H at 1e-13, for it squares the values");
}

// Widths 5-6-5-3 with normal weights, never trained, on 60 normal inputs.
ClaimNet draw_net(Rng& rng) {
  const std::vector<std::int64_t> widths{5, 6, 5, 3};
  ClaimNet data{.net = {}, .x = Matrix({60, widths.front()})};
  rng.fill_normal(std::span<double>(data.x.data));
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    Matrix& weight = data.net.weights.emplace_back(Shape{widths[l + 1], widths[l]});
    rng.fill_normal(std::span<double>(weight.data), 1 / std::sqrt(double(widths[l])));
    rng.fill_normal(std::span<double>(data.net.biases.emplace_back(widths[l + 1])), 0.5);
  }
  return data;
}

// The first one whose nonzero singular values of J lie above 1e-5 of the largest: H squares them, and below 1e-7 its
// rank drowns in rounding.
ClaimNet random_net(std::uint64_t seed, const ClaimSettings& settings) {
  Rng rng(seed, "claims/C1/net");
  for (;;) {
    ClaimNet data = draw_net(rng);
    const std::vector<double> s = singular_values(jacobian_of(data, settings));
    if (decide_rank(s).rank == decide_rank(s, 1e-5).rank) return data;
  }
}

void hessian(ClaimTable& table, const ClaimSettings& settings) {
  expect_hessian(table, "random 5-6-5-3", random_net(settings.seed, settings), settings);
  const std::uint64_t seed = Rng(settings.seed, "claims/C1/planted").next_u64();
  const nn::Plan plan{.hidden = {nn::blocks({3, 2, 1})}};
  expect_hessian(table, "planted blocks 3, 2, 1", claim_net(nn::plant(plan, seed)), settings);
}

const ClaimEntry c1{"C1", "the Hessian of the behavioural loss is (2/n) J^T J", hessian};

}  // namespace
}  // namespace basin::experiments
