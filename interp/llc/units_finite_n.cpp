#include "interp/llc/units_finite_n.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "autodiff/ops.h"
#include "core/error.h"
#include "core/gauss_legendre.h"
#include "core/matrix.h"

namespace basin::interp {
namespace {

struct Axis {
  std::vector<double> at{}, weight{};
};

// From low to high, panels that begin at `finest` on both sides of every special point and double from there.
class GradedPanels {
 public:
  GradedPanels(double low, double high, double finest, int nodes)
      : low_(low), high_(high), finest_(finest), rule_(gauss_legendre(nodes)) {}

  Axis around(std::vector<double> special) const {
    std::erase_if(special, [&](double s) { return s <= low_ || s >= high_; });
    special.insert(special.end(), {low_, high_});
    std::ranges::sort(special);
    Axis axis;
    for (std::size_t i = 0; i + 1 < special.size(); ++i) between(axis, special[i], special[i + 1]);
    return axis;
  }

 private:
  void between(Axis& axis, double from, double to) const {
    const double middle = (from + to) / 2;
    std::vector<double> cuts{0};
    for (double size = finest_; cuts.back() < middle - from; size *= 2)
      cuts.push_back(std::min(cuts.back() + size, middle - from));
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) panel(axis, from + cuts[i], from + cuts[i + 1]);
    for (std::size_t i = cuts.size() - 1; i > 0; --i) panel(axis, to - cuts[i], to - cuts[i - 1]);
  }
  void panel(Axis& axis, double from, double to) const {
    for (std::size_t i = 0; i < rule_.nodes.size(); ++i) {
      axis.at.push_back((from + to) / 2 + (to - from) / 2 * rule_.nodes[i]);
      axis.weight.push_back((to - from) / 2 * rule_.weights[i]);
    }
  }

  double low_, high_, finest_;
  GaussLegendre rule_;
};

class Units {
 public:
  Units(const UnitsLaw& law) : law_(law), t_(law.n_beta), gamma_(law.gamma), truth_(law.x.size()) {
    for (std::size_t k = 0; k < law.a.size(); ++k) {
      const std::vector<double> column = features(law.b[k]);
      for (std::size_t s = 0; s < truth_.size(); ++s) truth_[s] += law.a[k] * column[s];
    }
  }

  // Posterior mass of b, the integral over a, and tK times it.
  struct Part {
    double mass = 0, loss = 0;
  };
  double value(int nodes) const {
    const double reach = 8.5 / std::sqrt(gamma_), finest = 0.5 / std::sqrt(t_);
    const auto axis_of = [&](std::size_t k, std::vector<double> special) {
      special.insert(special.end(), law_.b.begin(), law_.b.end());
      for (std::size_t s = special.size(); s-- > 0;) special.push_back(-special[s]);  // tanh is odd
      special.push_back(0);
      return GradedPanels(prior_b(k) - reach, prior_b(k) + reach, finest, nodes).around(special);
    };
    const Axis first = axis_of(0, {});
    Part all;
    for (std::size_t i = 0; i < first.at.size(); ++i) {
      const std::vector<double> column = features(first.at[i]);
      const double weight = first.weight[i] * prior(0, first.at[i]);
      if (law_.a.size() == 1) {
        add(all, weight, one(column));
        continue;
      }
      const Axis second = axis_of(1, {first.at[i]});
      for (std::size_t j = 0; j < second.at.size(); ++j)
        add(all, weight * second.weight[j] * prior(1, second.at[j]), two(column, features(second.at[j])));
    }
    return all.loss / all.mass;
  }

 private:
  double prior_a(std::size_t k) const { return law_.around_zeros ? 0 : law_.a[k]; }
  double prior_b(std::size_t k) const { return law_.around_zeros ? 0 : law_.b[k]; }
  double prior(std::size_t k, double b) const { return std::exp(-gamma_ / 2 * std::pow(b - prior_b(k), 2)); }
  static void add(Part& all, double weight, const Part& part) {
    all.mass += weight * part.mass;
    all.loss += weight * part.loss;
  }

  // φ(b x) / sqrt(n): inner products of these are means over inputs.
  std::vector<double> features(double b) const {
    std::vector<double> column;
    for (const double x : law_.x) {
      const double y = law_.kind == UnitKind::tanh ? std::tanh(b * x) : std::max(b * x, 0.0);
      column.push_back(y / std::sqrt(double(law_.x.size())));
    }
    return column;
  }

  // Of a = prior mean + α the law is exp(-t |Φα - y|² - γ/2 |α|²), y what the prior's mean leaves of f*: normal around
  // α = 2t P⁻¹ Φᵀy with the precision P = γ + 2t ΦᵀΦ.
  Part one(const std::vector<double>& column) const {
    std::vector<double> y = truth_;
    for (std::size_t s = 0; s < y.size(); ++s) y[s] -= prior_a(0) * column[s];
    const double G = dot(column, column), g = dot(column, y), P = gamma_ + 2 * t_ * G, alpha = 2 * t_ * g / P;
    const double left = t_ * (dot(y, y) - 2 * alpha * g + alpha * alpha * G);
    return part(left, gamma_ / 2 * alpha * alpha, P / gamma_, t_ * G / P);
  }

  Part two(const std::vector<double>& u, const std::vector<double>& v) const {
    std::vector<double> y = truth_;
    for (std::size_t s = 0; s < y.size(); ++s) y[s] -= prior_a(0) * u[s] + prior_a(1) * v[s];
    const double uu = dot(u, u), uv = dot(u, v), vv = dot(v, v), uy = dot(u, y), vy = dot(v, y);
    const double p = gamma_ + 2 * t_ * uu, q = 2 * t_ * uv, r = gamma_ + 2 * t_ * vv;
    const double determinant = gamma_ * (gamma_ + 2 * t_ * (uu + vv)) + 4 * t_ * t_ * apart(u, v, uu, uv);
    const double alpha = 2 * t_ * (r * uy - q * vy) / determinant, beta = 2 * t_ * (p * vy - q * uy) / determinant;
    double left = 0;
    for (std::size_t s = 0; s < y.size(); ++s) left += t_ * std::pow(alpha * u[s] + beta * v[s] - y[s], 2);
    return part(left, gamma_ / 2 * (alpha * alpha + beta * beta), determinant / (gamma_ * gamma_),
                t_ * (r * uu - 2 * q * uv + p * vv) / determinant);
  }
  // |u|² |v|² - (u·v)² without cancellation, for units that are nearly one.
  static double apart(const std::vector<double>& u, const std::vector<double>& v, double uu, double uv) {
    if (uu == 0) return 0;
    double sum = 0;
    for (std::size_t s = 0; s < u.size(); ++s) sum += std::pow(v[s] - uv / uu * u[s], 2);
    return uu * sum;
  }
  static Part part(double left, double bent, double determinant, double spread) {
    const double mass = std::exp(-left - bent) / std::sqrt(determinant);
    return {mass, mass * (left + spread)};
  }

  const UnitsLaw& law_;
  double t_, gamma_;
  std::vector<double> truth_;  // f* / sqrt(n)
};

void validate(const UnitsLaw& law) {
  const std::size_t units = law.a.size();
  if (units < 1 || units > 2 || law.b.size() != units || law.x.empty() || !(law.n_beta > 0) || !(law.gamma > 0))
    throw UsageError(fmt::format(
        "units: {} a, {} b, {} inputs, nβ {} and γ {} given; wanted one or two a, as many b, inputs, the others above "
        "0",
        units, law.b.size(), law.x.size(), law.n_beta, law.gamma));
}

}  // namespace

Integrated units_finite_n(const UnitsLaw& law) {
  validate(law);
  const Units units(law);
  return by_doubling(fmt::format("{} hidden units at nβ = {:.3g}", law.a.size(), law.n_beta),
                     [&](int nodes) { return units.value(nodes); });
}

LocalPosterior local_posterior(const UnitsLaw& law) {
  validate(law);
  const std::int64_t n = std::ssize(law.x), units = std::ssize(law.a);
  LocalPosterior posterior{.n_beta = law.n_beta, .gamma = law.gamma};
  posterior.model.parameters = parameters_from({{"a", Tensor<double>({units}, law.a)}, {"b", {{units}, law.b}}});
  posterior.model.trace = [=, kind = law.kind](Graph& graph, std::int64_t rows) {
    const Var a = graph.input("a", {units}), b = graph.input("b", {units});
    const Var x = graph.input("x", {rows, 1}), t = graph.input("t", {rows, 1});
    const Var pre = matmul(x, reshape(b, {1, units}));
    const Var out = matmul(kind == UnitKind::tanh ? tanh(pre) : relu(pre), reshape(a, {units, 1}));
    return Ends{out, graph.name(sum(square(out - t), {-1}), "loss")};
  };
  Tensor<double> targets(Shape{n, 1});
  for (std::int64_t s = 0; s < n; ++s)
    for (std::int64_t k = 0; k < units; ++k) {
      const double pre = law.b[k] * law.x[s];
      targets[s] += law.a[k] * (law.kind == UnitKind::tanh ? std::tanh(pre) : std::max(pre, 0.0));
    }
  posterior.data = {{"x", Tensor<double>({n, 1}, law.x)}, {"t", targets}};
  if (law.around_zeros) posterior.center_prior_at_zeros();
  return posterior;
}

}  // namespace basin::interp
