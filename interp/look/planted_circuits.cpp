#include "interp/look/planted_circuits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "autodiff/ops.h"
#include "core/lapack.h"
#include "core/matrix.h"
#include "core/rng.h"

namespace basin::interp {
namespace {

constexpr std::int64_t no_bit = -1;

// relu(weight x_bit + bias).
struct UnitPlan {
  std::int64_t bit;
  double weight = 1, bias = 0;
  bool matters = true;
};

// Adds out relu(reads · units + bias).
struct GatePlan {
  std::vector<double> reads;
  double bias, out;
};

struct CircuitPlan {
  std::string name;
  std::int64_t bits;
  std::vector<UnitPlan> units;
  std::vector<GatePlan> gates;
  double (*of)(std::span<const double> bits, std::span<const double> weights);
};

double some(std::span<const double> bits) { return double(std::ranges::count(bits, 1.0) > 0); }
double all_of(std::span<const double> bits) { return double(std::ranges::count(bits, 0.0) == 0); }

// 0 where all reads add up to 0, and 1 from 1 on: it bends at 1/4 and 3/4.
std::vector<GatePlan> saturating(std::int64_t n) {
  const std::vector<double> twice(std::size_t(n), 2.0);
  return {{twice, -0.5, 1}, {twice, -1.5, -1}};
}

std::vector<CircuitPlan> plans(const std::vector<double>& w) {
  std::vector<GatePlan> exclusive = saturating(2);
  exclusive.push_back({{2, 2}, -3, -1});  // less 1 where both are on
  using Bits = std::span<const double>;
  return {
      {"sum",
       3,
       {{0, w[0]}, {1, w[1]}, {2, w[2]}},
       {{{1, 1, 1}, 1, 1}},
       [](Bits x, Bits v) { return v[0] * x[0] + v[1] * x[1] + v[2] * x[2] + 1; }},
      {"and", 2, {{0}, {1}}, {{{2, 2}, -3, 1}}, [](Bits x, Bits) { return all_of(x); }},
      {"or", 3, {{0}, {1}, {2}}, saturating(3), [](Bits x, Bits) { return some(x); }},
      {"xor", 2, {{0}, {1}}, exclusive, [](Bits x, Bits) { return some(x) - all_of(x); }},
      {"backup", 1, {{0}, {0}}, saturating(2), [](Bits x, Bits) { return x[0]; }},
      {"constant",
       2,
       {{0}, {1}, {no_bit, 0, 4, false}},
       {{{1, 1, 1}, -3, 1}},
       [](Bits x, Bits) { return x[0] + x[1] + 1; }},
      {"cancelling",
       2,
       {{0}, {1, 1, 0, false}, {1, 1, 0, false}},
       {{{1, 1, -1}, 2, 1}},
       [](Bits x, Bits) { return x[0] + 2; }},
  };
}

// The weights of a network under construction.
struct Weights {
  Matrix A, a, E, B, b, C;
};

// Unit vectors: orthogonal ones if there is room for all, else independent.
Matrix directions(std::int64_t units, std::int64_t width, const Rng& rng) {
  Rng own = rng.stream("directions");
  Matrix E = normal_matrix(units, width, own);
  if (width >= units) {
    orthonormalise(E);
    return E;
  }
  for (std::int64_t i = 0; i < units; ++i) {
    const double length = std::sqrt(dot(E.row(i), E.row(i)));
    for (double& v : E.row(i)) v /= length;
  }
  return E;
}

double largest_overlap(const Matrix& E) {
  double largest = 0;
  for (std::int64_t i = 0; i < E.rows(); ++i)
    for (std::int64_t j = 0; j < i; ++j) largest = std::max(largest, std::abs(dot(E.row(i), E.row(j))));
  return largest;
}

ModelPoint network(const Weights& w) {
  const auto trace = [bits = w.A.rows(), units = w.A.cols(), width = w.E.cols(), gates = w.B.cols(),
                      outputs = w.C.cols()](Graph& g, std::int64_t rows) {
    const Var x = g.input("x", {rows, bits}), E = g.input("E", {units, width});
    const Var pre = dense(x, g.input("units.weight", {bits, units}), g.input("units.bias", {units}));
    const Var post = g.name(relu(g.name(pre, "units.pre")), "units.post");
    const Var read = g.name(matmul(g.name(matmul(post, E), "hidden"), E, false, true), "read");
    const Var gate = dense(read, g.input("gates.weight", {units, gates}), g.input("gates.bias", {gates}));
    const Var gate_post = g.name(relu(g.name(gate, "gates.pre")), "gates.post");
    return Ends{g.name(matmul(gate_post, g.input("out.weight", {gates, outputs})), "out"), {}};
  };
  const auto row = [](const Matrix& m) { return Tensor<double>({m.size()}, m.data); };
  return {{trace},
          parameters_from({{"units.weight", w.A},
                           {"units.bias", row(w.a)},
                           {"E", w.E},
                           {"gates.weight", w.B},
                           {"gates.bias", row(w.b)},
                           {"out.weight", w.C}})};
}

class Builder {
 public:
  Builder(const PlantedSpec& spec, std::vector<CircuitPlan> plans)
      : spec_(spec), plans_(std::move(plans)), rng_(spec.seed, "planted circuits") {
    std::int64_t units = spec.idle, gates = 0, bits = 0;
    for (const CircuitPlan& c : plans_) {
      units += std::ssize(c.units), gates += std::ssize(c.gates), bits += c.bits;
    }
    w_ = {Matrix({bits, units}),  Matrix({1, units}), {},
          Matrix({units, gates}), Matrix({1, gates}), Matrix({gates, std::ssize(plans_)})};
  }

  void build(PlantedCircuits& p) {
    for (std::int64_t c = 0; c < std::ssize(plans_); ++c) add_circuit(p, c);
    p.first_bit.push_back(w_.A.rows());
    for (std::int64_t i = 0; i < spec_.idle; ++i) add_idle(p, i);
    w_.E = directions(w_.A.cols(), spec_.width == 0 ? w_.A.cols() : spec_.width, rng_);
    p.interference = largest_overlap(w_.E);
    p.model = network(w_);
    add_data(p);
  }

 private:
  void add_circuit(PlantedCircuits& p, std::int64_t c) {
    const CircuitPlan& plan = plans_[std::size_t(c)];
    const std::int64_t first = std::ssize(p.units), bit = p.first_bit.empty() ? 0 : next_bit_;
    p.circuits.push_back(plan.name);
    p.first_bit.push_back(bit);
    for (const UnitPlan& u : plan.units) {
      const std::int64_t unit = std::ssize(p.units);
      if (u.bit != no_bit) w_.A(bit + u.bit, unit) = u.weight;
      w_.a[unit] = u.bias;
      p.units.push_back({fmt::format("{}.{}", plan.name, unit - first), c, u.matters});
    }
    for (const GatePlan& g : plan.gates) {
      for (std::size_t i = 0; i < g.reads.size(); ++i) w_.B(first + std::int64_t(i), next_gate_) = g.reads[i];
      w_.b[next_gate_] = g.bias;
      w_.C(next_gate_++, c) = g.out;
    }
    next_bit_ = bit + plan.bits;
  }

  void add_idle(PlantedCircuits& p, std::int64_t i) {
    Rng own = rng_.stream(fmt::format("idle/{}", i));
    const std::int64_t unit = std::ssize(p.units);
    for (std::int64_t bit = 0; bit < w_.A.rows(); ++bit) w_.A(bit, unit) = std::abs(own.normal()) / 3;
    p.units.push_back({fmt::format("idle.{}", i), -1, false});
  }

  void add_data(PlantedCircuits& p) {
    Rng own = rng_.stream("data");
    Matrix x({spec_.rows, w_.A.rows()});
    for (double& v : x.data) v = double(own.below(2));
    p.data = {{"x", std::move(x)}};
    p.clean = {{"x", Matrix({1, w_.A.rows()}, 1.0)}};
    p.corrupt = {{"x", Matrix({1, w_.A.rows()})}};
  }

  const PlantedSpec& spec_;
  std::vector<CircuitPlan> plans_;
  Rng rng_;
  Weights w_;
  std::int64_t next_bit_ = 0, next_gate_ = 0;
};

}  // namespace

double PlantedCircuits::intended(std::int64_t circuit, std::span<const double> bits) const {
  const std::size_t c = std::size_t(circuit);
  const auto own = bits.subspan(std::size_t(first_bit[c]), std::size_t(first_bit[c + 1] - first_bit[c]));
  return plans(sum_weights)[c].of(own, sum_weights);
}

PlantedCircuits planted_circuits(const PlantedSpec& spec) {
  if (spec.width < 0 || spec.rows < 1 || spec.idle < 0)
    throw UsageError(
        fmt::format("planted circuits: width {}, {} rows and {} idle units given, wanted 0 or more, 1 or "
                    "more and 0 or more",
                    spec.width, spec.rows, spec.idle));
  PlantedCircuits p;
  Rng rng(spec.seed, "planted circuits/sum");
  for (int i = 0; i < 3; ++i) p.sum_weights.push_back(rng.uniform(0.5, 1.5));
  Builder(spec, plans(p.sum_weights)).build(p);
  return p;
}

}  // namespace basin::interp
