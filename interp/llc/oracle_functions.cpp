// Functions of few numbers: homogeneous losses, crossings, spheres, and sums of unlike parts. Copies side by side add
// their values, and cost less draws for the same relative error.
#include <fmt/format.h>

#include "autodiff/ops.h"
#include "interp/llc/deep_linear_finite_n.h"
#include "interp/llc/finite_n.h"
#include "interp/llc/function_posterior.h"
#include "interp/llc/oracle_families.h"

namespace basin::interp::oracle_families {
namespace {

Integrated times(std::int64_t copies, const Integrated& one) {
  return {double(copies) * one.value, double(copies) * one.error};
}

Var power(Var w, int n) {
  Var p = w;
  for (int i = 1; i < n; ++i) p = p * w;
  return p;
}

// Σ over copies of Σ_k w^{powers_k}, even powers.
LocalPosterior sum_of_powers(const std::vector<int>& powers, std::int64_t copies, double t, double gamma) {
  const auto loss = [=](Graph&, Var w) {
    Var total;
    for (std::size_t k = 0; k < powers.size(); ++k) {
      const Var part =
          sum(square(power(slice(w, -1, copies * std::int64_t(k), copies * std::int64_t(k + 1)), powers[k] / 2)));
      total = k ? total + part : part;
    }
    return total;
  };
  return function_posterior(copies * std::ssize(powers), loss, t, gamma);
}

Oracle homogeneous(const std::string& name, const std::vector<int>& powers, std::int64_t copies, double gamma,
                   const ChainSpec& chains) {
  std::vector<PowerTerm> terms;
  std::string what;
  for (const int p : powers) {
    terms.push_back({1, double(p)});
    what += fmt::format("{}w{}^{}", what.empty() ? "" : " + ", terms.size(), p);
  }
  const auto exact = [=] { return times(copies, homogeneous_finite_n(terms, 100, gamma)); };
  return {.name = fmt::format("homogeneous/{}", name),
          .what = fmt::format("{}, {} cop{}, γ = {:g}", what, copies, copies == 1 ? "y" : "ies", gamma),
          .source = "homogeneous_finite_n",
          .posterior = sum_of_powers(powers, copies, 100, gamma),
          .exact = always(exact),
          .tolerance = 0.01,
          .gamma_law = gamma == 0,
          .sampler = {.leapfrogs = 8},
          .chains = chains};
}

// Σ over copies of (w1^a w2^b)², under N(0, 1).
Oracle crossing(int a, int b, double t, std::int64_t copies, int leapfrogs, std::int64_t draws) {
  const auto loss = [=](Graph&, Var w) {
    const Var second = power(slice(w, -1, copies, 2 * copies), b);
    return sum(square(a > 0 ? power(slice(w, -1, 0, copies), a) * second : second));
  };
  const auto exact = [=] { return times(copies, crossing_finite_n(a, b, t)); };
  return {.name = fmt::format("crossing/{}-{}-t{:g}", a, b, t),
          .what = fmt::format("(w1^{} w2^{})², {} copies", a, b, copies),
          .source = "crossing_finite_n",
          .posterior = function_posterior(2 * copies, loss, t, 1),
          .exact = always(exact),
          .tolerance = 0.02,
          .sampler = {.leapfrogs = leapfrogs},
          .chains = {.chains = 32, .draws = draws, .warm_up = 300}};
}

// Σ over eight w of d numbers of (|w|² - 1)², from (1, 0, …), under N(0, 1).
Oracle sphere(std::int64_t d) {
  constexpr std::int64_t copies = 8;
  const auto loss = [=](Graph&, Var w) { return sum(square(sum(square(reshape(w, {copies, d})), {-1}) - 1.0)); };
  LocalPosterior posterior = function_posterior(copies * d, loss, 1e3, 1);
  posterior.center_prior_at_zeros();
  for (std::int64_t c = 0; c < copies; ++c) posterior.model.parameters.flat()[c * d] = 1;
  const auto exact = [=] { return times(copies, sphere_finite_n(int(d), 1e3, 1)); };
  return {.name = fmt::format("smooth/sphere-{}", d),
          .what = fmt::format("{} of minima in {} dimensions, {} copies", d == 2 ? "a circle" : "a sphere", d, copies),
          .source = "sphere_finite_n",
          .posterior = posterior,
          .exact = always(exact),
          .tolerance = 0.02,
          .sampler = {.leapfrogs = 8},
          .chains = {.chains = 32, .draws = 2000, .warm_up = 300}};
}

// Σ over copies of (w1 w2 w3)², under N(0, 1): three layers of width 1.
Oracle triple_crossing() {
  constexpr std::int64_t copies = 8;
  constexpr double t = 1e3;
  const auto loss = [](Graph&, Var w) {
    const auto part = [&](std::int64_t k) { return slice(w, -1, k * copies, (k + 1) * copies); };
    return sum(square(part(0) * part(1) * part(2)));
  };
  const auto exact = [] { return times(copies, deep_linear_finite_n({1, 1, 1, 1}, t)); };
  return {.name = "crossing/1-1-1-t1000",
          .what = "(w1 w2 w3)², 8 copies",
          .source = "deep_linear_finite_n",
          .posterior = function_posterior(3 * copies, loss, t, 1),
          .exact = always(exact),
          .tolerance = 0.02,
          .sampler = {.leapfrogs = 32},
          .chains = {.chains = 32, .draws = 3000, .warm_up = 300}};
}

// x² + (y z)² + u⁴ + (v1 v2²)², under N(0, 1).
Oracle unlike_parts() {
  const auto loss = [](Graph&, Var w) {
    const auto at = [&](int i) { return slice(w, -1, i, i + 1); };
    return sum(square(at(0)) + square(at(1) * at(2)) + square(square(at(3))) + square(at(4) * square(at(5))));
  };
  const auto exact = [] {
    const Integrated y = crossing_finite_n(1, 1, 1e3), u = homogeneous_finite_n({{1, 4}}, 1e3, 1),
                     v = crossing_finite_n(1, 2, 1e3);
    return Integrated{quadratic_finite_n({2}, 1e3, 1) + y.value + u.value + v.value, y.error + u.error + v.error};
  };
  return {.name = "crossing/with-others",
          .what = "x² + (y z)² + u⁴ + (v1 v2²)²",
          .source = "quadratic_, crossing_ and homogeneous_finite_n",
          .posterior = function_posterior(6, loss, 1e3, 1),
          .exact = always(exact),
          .tolerance = 0.02,
          .sampler = {.leapfrogs = 16},
          .chains = {.chains = 32, .draws = 4000, .warm_up = 300}};
}

}  // namespace

std::vector<Oracle> homogeneous_losses() {
  const ChainSpec few{.chains = 32, .draws = 4000, .warm_up = 300}, many{.chains = 32, .draws = 22000, .warm_up = 300};
  return {homogeneous("x2y4-one", {2, 4}, 1, 0, many),
          homogeneous("x4", {4}, 16, 0, few),
          homogeneous("x6", {6}, 32, 0, few),
          homogeneous("x2y4", {2, 4}, 8, 0, few),
          homogeneous("x2y2z4u6", {2, 2, 4, 6}, 4, 0, few),
          homogeneous("x4-g1", {4}, 16, 1, few),
          homogeneous("x4-g10", {4}, 24, 10, few),
          homogeneous("x4-g100", {4}, 50, 100, few),
          homogeneous("x2y4-g1", {2, 4}, 8, 1, few),
          homogeneous("x2y4-g10", {2, 4}, 8, 10, few),
          homogeneous("x2y4-g100", {2, 4}, 8, 100, few)};
}

std::vector<Oracle> crossings() {
  return {crossing(0, 2, 1e8, 8, 8, 3000),
          crossing(0, 3, 579, 12, 8, 3000),
          crossing(0, 3, 1e8, 12, 8, 3000),
          crossing(1, 1, 1e2, 8, 8, 3000),
          crossing(1, 1, 579, 8, 16, 3000),
          crossing(1, 1, 1e4, 8, 32, 4000),
          crossing(1, 2, 579, 8, 16, 3000),
          crossing(1, 2, 1e4, 8, 32, 3000),
          crossing(1, 3, 579, 12, 32, 3000),
          crossing(2, 2, 1e2, 8, 8, 3000),
          crossing(2, 2, 1e4, 8, 16, 3000),
          crossing(2, 3, 1e4, 8, 16, 3000),
          crossing(3, 3, 1e2, 16, 8, 3000),
          crossing(3, 3, 579, 12, 16, 3000),
          triple_crossing(),
          unlike_parts()};
}

std::vector<Oracle> spheres() { return {sphere(2), sphere(4)}; }

}  // namespace basin::interp::oracle_families
