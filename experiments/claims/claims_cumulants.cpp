// C36: covariances and third cumulants of chains (docs/theory.md §6.6), against quadrature and their limits for large
// t.
#include <fmt/format.h>

#include <cmath>

#include "autodiff/ops.h"
#include "core/chain_cumulants.h"
#include "core/chance.h"
#include "core/lapack.h"
#include "core/matrix.h"
#include "core/statistics.h"
#include "experiments/claims/degeneracy_claims.h"
#include "interp/llc/observables.h"

namespace basin::experiments {
namespace {

using interp::LocalPosterior;
using interp::Observable;

constexpr double l = 1.3, a = 0.7, g = 0.9;  // V = ℓ x²/2 + a x³/6 + g x⁴/24
constexpr std::int64_t chains = 32;

LocalPosterior posterior(double t, std::int64_t dimension, const std::function<Var(Graph&, Var)>& potential) {
  LocalPosterior p{.n_beta = t};
  p.model.trace = [=](Graph& graph, std::int64_t) {
    return Ends{{}, graph.name(potential(graph, graph.input("w", {dimension})), "V")};
  };
  p.model.parameters = interp::parameters_from({{"w", Tensor<double>({dimension})}});
  return p;
}

std::vector<Matrix> seen_by_chains(const LocalPosterior& p, double step, std::int64_t draws,
                                   const std::vector<Observable>& observables, const ClaimSettings& settings) {
  const interp::Chains all = interp::sample<double>(p, {.step = step},
                                                    {.chains = chains,
                                                     .draws = draws,
                                                     .warm_up = 200,
                                                     .seed = settings.seed,
                                                     .threads = settings.threads,
                                                     .keep_every = 1});
  return interp::observe(p, {chains, all.places}, observables, settings.threads);
}

struct Cumulants {
  double covariance = 0, third = 0;  // Cov[x², x], κ₃(x, x, x)
};

// By the trapezoidal rule, whose error falls faster than any power of the step: the law has ended where the rule does.
Cumulants by_quadrature(double t) {
  constexpr int steps = 4000;
  const double reach = 14 / std::sqrt(l * t);
  double moments[4] = {};
  for (int i = -steps; i <= steps; ++i) {
    const double x = reach * i / steps, weight = std::exp(-t * x * x * (l / 2 + x * (a / 6 + x * g / 24)));
    for (int k = 0; k < 4; ++k) moments[k] += weight * std::pow(x, k);
  }
  const double m1 = moments[1] / moments[0], m2 = moments[2] / moments[0], m3 = moments[3] / moments[0];
  return {m3 - m1 * m2, m3 - 3 * m1 * m2 + 2 * m1 * m1 * m1};
}

// x and x² at the draws, of V(sign x).
std::vector<Matrix> powers(double t, double sign, const ClaimSettings& settings) {
  const LocalPosterior p = posterior(t, 1, [sign](Graph&, Var x) {
    return sum(l / 2 * square(x) + sign * a / 6 * (square(x) * x) + g / 24 * square(square(x)));
  });
  const Observable x{"x", [](Graph&graph, const Ends&) { return sum(graph["w"]); }},
      xx{"x²", [](Graph&graph, const Ends&) { return sum(square(graph["w"])); }};
  return seen_by_chains(p, 0.25 / std::sqrt(l * t), 6000, {x, xx}, settings);
}

struct Found {
  double value = 0, error = 0;
};

// Half the difference of what chains of V(x) and of V(-x) say, which have the same noise. One is then nearly the mirror
// image of the other: all that is even in x, which is nearly all of the noise, goes away. The error is that of the mean
// over pairs of chains.
Found odd_part(const std::vector<Matrix>& one, const std::vector<Matrix>& other,
               const std::function<double(const Matrix& x, const Matrix& xx)>& cumulant) {
  const auto half = [&](const auto& part) {
    return (cumulant(part(one[0]), part(one[1])) - cumulant(part(other[0]), part(other[1]))) / 2;
  };
  std::vector<double> pairs;
  for (std::int64_t c = 0; c < chains; ++c) pairs.push_back(half([c](const Matrix& m) { return rows_of(m, c, 1); }));
  return {half([](const Matrix& m) { return m; }), estimate(pairs).deviation / std::sqrt(double(chains))};
}

void expect_cumulants(ClaimTable& table, const ClaimSettings& settings, double t) {
  const std::vector<Matrix> one = powers(t, 1, settings), other = powers(t, -1, settings);
  const Cumulants exact = by_quadrature(t);
  const auto expect = [&](const std::string& title, double quadrature, double limit, const auto& cumulant) {
    const Found f = odd_part(one, other, cumulant);
    const auto row = [&](const std::string& of, double predicted, const std::string& how) {
      table.expect(fmt::format("{} at t = {:g}{}", title, t, of), predicted, t * t * f.value)
          .within(allowed_errors * t * t * f.error)
          .because(fmt::format("{}; {} pairs of chains, standard error {:.1g}", how, chains, t * t * f.error));
    };
    row("", t * t * quadrature, "plain loops: quadrature of exp(-tV)");
    if (t >= 1e4) row(", its limit", limit, "closed form: the limit for t to infinity");
  };
  expect("t² Cov[x², x]", exact.covariance, -2 * a / (l * l * l),
         [](const Matrix& x, const Matrix& xx) { return chain_covariance(xx, x).mean; });
  expect("t² κ₃(x, x, x)", exact.third, -a / (l * l * l),
         [](const Matrix& x, const Matrix&) { return chain_third_cumulant(x, x, x).mean; });
}

// Of three parameters: f and g with gradients p and q at the minimum, and curvatures that matter at order 1/t² alone.
void expect_gradients(ClaimTable& table, const ClaimSettings& settings) {
  const double t = 1e4;
  const Matrix H({3, 3}, {2, .6, .3, .6, 1.2, -.4, .3, -.4, .8}), p({3, 1}, {1, -.5, .8}), q({3, 1}, {.9, -.7, 1});
  const LocalPosterior law = posterior(t, 3, [&](Graph& graph, Var w) {
    const Var row = reshape(w, {1, 3});
    return sum(matmul(row, graph.constant(H)) * row) / 2 + sum(square(w) * w) / 6 + sum(square(square(w))) / 24;
  });
  const auto of = [](const Matrix& gradient, std::int64_t squared) {
    return [=](Graph& graph, const Ends&) {
      const Var w = graph["w"];
      return sum(w * reshape(graph.constant(gradient), {3})) + sum(square(slice(w, -1, squared, squared + 1)));
    };
  };
  const std::vector<Matrix> seen = seen_by_chains(law, 0.5 / std::sqrt(2.5 * t), 4000,
                                                  {{"f", of(p, 0)}, {"g", of(q, 2)}, interp::mean_loss()}, settings);
  const auto expect = [&](const std::string& title, double predicted, double scale, const ChainMean& found,
                          const std::string& how) {
    table.expect(title, predicted, scale * found.mean)
        .within(allowed_errors * scale * found.error)
        .because(fmt::format("closed form: {}; {} chains, standard error {:.1g}", how, chains, scale * found.error));
  };
  expect("t Cov[f, g] at t = 10000, three parameters", matmul(p, solve(H, q), true)[0], t,
         chain_covariance(seen[0], seen[1]), "∇f · H⁻¹ ∇g");
  expect("t² Cov[V, V] at t = 10000, three parameters", 1.5, t * t, chain_covariance(seen[2], seen[2]),
         "half the parameters, since tV is Gamma(3/2, 1)");
}

void cumulants(ClaimTable& table, const ClaimSettings& settings) {
  expect_cumulants(table, settings, 3);
  expect_cumulants(table, settings, 1e4);
  expect_gradients(table, settings);
}

const ClaimEntry c36{"C36",
                     "covariances and third cumulants of a local posterior are those of its derivatives",
                     {.fixed = 1.6},
                     cumulants};

}  // namespace
}  // namespace basin::experiments
