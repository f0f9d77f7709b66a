// What holds for every ReLU network, on planted networks that no run before has seen (tests/experiments/fresh_seeds.h).
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/lapack.h"
#include "experiments/claims/claim_nets.h"
#include "interp/degeneracy/conditional.h"
#include "interp/degeneracy/exact_count.h"
#include "interp/degeneracy/null_space.h"
#include "interp/jacobian/gauss_newton.h"
#include "interp/jacobian/parameter_jacobian.h"
#include "interp/layers/plain_loops.h"
#include "nn/data/planted/mixed_plans.h"
#include "tests/experiments/fresh_seeds.h"

using namespace basin;
using namespace basin::experiments;

namespace {

struct FreshNet {
  std::string name{};  // which of the draws
  nn::Plan plan{};
  ClaimNet data;
  interp::DegeneracyReport report;
  interp::ConditionalBound conditional;

  bool clear() const { return std::min(report.smallest_gap(), conditional.smallest_gap()) > 1e6; }
};

FreshNet measured(ClaimNet data) {
  interp::DegeneracyReport report = interp::degeneracy(data.net, data.x);
  interp::ConditionalBound conditional = interp::conditional_bound(data.net, data.x);
  return {.data = std::move(data), .report = std::move(report), .conditional = std::move(conditional)};
}

FreshNet fresh_net(const std::string& name, const auto& draw) {
  Rng rng(fresh_seed(), name);
  nn::DrawnNet drawn = nn::first_network(rng, [&] { return draw(rng); });
  FreshNet net = measured(claim_net(std::move(drawn.net)));
  net.name = name, net.plan = std::move(drawn.plan);
  return net;
}

// `count` networks less those with a rank that lacks a spectral gap: they measure nothing. Few may be so.
std::vector<FreshNet> fresh_nets(const std::string& name, int count, const auto& draw) {
  std::vector<FreshNet> nets;
  for (int i = 0; i < count; ++i) {
    FreshNet net = fresh_net(name + "/" + std::to_string(i), draw);
    if (net.clear()) nets.push_back(std::move(net));
  }
  CHECK_MESSAGE(2 * std::ssize(nets) > count, "most ranks have a gap");
  return nets;
}

const nn::Mixture& any_mixture(Rng& rng) { return nn::mixtures()[rng.below(nn::mixtures().size())]; }

// Hardly a filter: rarely firing, nested and complementary patterns are let in.
nn::Plan weak_plan(std::int64_t hidden_layers, Rng& rng) {
  return nn::weakly_filtered(nn::random_plan(hidden_layers, any_mixture(rng), rng));
}

std::vector<FreshNet> deep_nets(const std::string& name, int count) {
  return fresh_nets(name, count, [](Rng& rng) { return weak_plan(between(rng, 1, 3), rng); });
}

void check_bounds(const FreshNet& net) {
  CHECK(net.report.parameters == nn::planned_parameters(net.plan));
  CHECK(net.report.lower_bound() <= net.conditional.lower_bound);
  CHECK(net.conditional.lower_bound <= net.conditional.lower_bound_patterns);
  CHECK(net.conditional.lower_bound_patterns <= net.report.free_directions());
}

double behavioural_loss(const ClaimNet& data, std::span<const double> direction, double step) {
  return plain_loss(moved(data.net, direction, step), data.x, interp::plain_pre_activations(data.net, data.x).back());
}

// A random unit combination of rows [first, first + count) of a basis with orthonormal rows.
Matrix some_direction(const Matrix& basis, std::int64_t first, std::int64_t count, Rng& rng) {
  Matrix mix({1, basis.rows()});
  double square = 0;
  for (std::int64_t i = first; i < first + count; ++i) square += std::pow(mix[i] = rng.normal(), 2);
  for (double& v : mix.data) v /= std::sqrt(square);
  return matmul(mix, basis);
}

double cost_of_random_directions(const ClaimNet& data, double step, Rng& rng) {
  constexpr int directions = 8;
  double total = 0;
  for (int i = 0; i < directions; ++i) {
    Matrix u({1, data.net.parameters()});
    rng.fill_normal(std::span(u.data), 1 / std::sqrt(double(u.cols())));
    total += behavioural_loss(data, u.row(0), step) / directions;
  }
  return total;
}

// Neurons of each hidden layer in another order, their inputs and outputs rescaled against each other.
interp::ReluNet disguised(interp::ReluNet net, Rng& rng) {
  for (std::int64_t l = 0; l + 1 < net.layers(); ++l) {
    const interp::ReluNet old = net;
    const std::vector<std::int64_t> order = rng.permutation(net.weights[l].rows());
    for (std::int64_t i = 0; i < std::ssize(order); ++i) {
      const double scale = rng.uniform(0.5, 2);
      for (std::int64_t j = 0; j < net.weights[l].cols(); ++j)
        net.weights[l](i, j) = scale * old.weights[l](order[i], j);
      net.biases[l][i] = scale * old.biases[l][order[i]];
      for (std::int64_t o = 0; o < net.weights[l + 1].rows(); ++o)
        net.weights[l + 1](o, i) = old.weights[l + 1](o, order[i]) / scale;
    }
  }
  return net;
}

}  // namespace

TEST_CASE("one hidden layer: measured, planned, formula and bound are one number") {
  INFO(how_to_repeat());
  const auto draw = [](Rng& rng) { return nn::random_plan(1, any_mixture(rng), rng); };
  int exact = 0, drawn = 0;
  for (const FreshNet& net : fresh_nets("fresh/one", 8, draw)) {
    CAPTURE(net.name);
    check_bounds(net);
    const interp::ExactCount count = interp::exact_one_hidden(net.data.net, net.data.x);
    ++drawn;
    if (!count.condition) continue;
    ++exact;
    CHECK(net.report.free_directions() == nn::planned_one_hidden(net.plan));
    CHECK(net.report.free_directions() == count.free_directions);
    CHECK(net.report.free_directions() == net.report.lower_bound());
  }
  CHECK_MESSAGE(2 * exact > drawn, "the condition holds for most");
}

TEST_CASE("always-on and dead neurons in 1 to 3 layers: measured, planned and bound are one number") {
  INFO(how_to_repeat());
  const auto draw = [](Rng& rng) { return nn::linear_plan(between(rng, 1, 3), rng); };
  for (const FreshNet& net : fresh_nets("fresh/linear", 6, draw)) {
    CAPTURE(net.name);
    check_bounds(net);
    CHECK(net.report.free_directions() == nn::planned_linear(net.plan));
    CHECK(net.report.free_directions() == net.report.lower_bound());
  }
}

TEST_CASE("no bound exceeds N - rank J, labels of the null space add up to the bounds, and moving costs nothing") {
  INFO(how_to_repeat());
  constexpr double step = 1e-6;
  for (const FreshNet& net : deep_nets("fresh/deep", 5)) {
    CAPTURE(net.name);
    check_bounds(net);
    const interp::NullSpace space = interp::jacobian_null_space(net.data.net, net.data.x);
    const auto labelled = [&](const char* ending) {
      return std::ranges::count_if(space.labels, [&](const std::string& name) { return name.ends_with(ending); });
    };
    const std::int64_t patterns = labelled("related patterns");
    const std::int64_t explained = std::ssize(space.labels) - labelled("unexplained") - patterns;
    CHECK(std::ssize(space.labels) == net.report.free_directions());
    CHECK(explained == net.conditional.lower_bound);
    CHECK(explained + patterns == net.conditional.lower_bound_patterns);
    CHECK(explained - labelled(" conditional") == net.report.lower_bound());
    Rng rng(fresh_seed(), net.name + "/moves");
    const double usual = cost_of_random_directions(net.data, step, rng);
    for (auto first = space.labels.begin(); first != space.labels.end();) {
      const auto end = std::find_if(first, space.labels.end(), [&](const std::string& l) { return l != *first; });
      const Matrix u = some_direction(space.basis, first - space.labels.begin(), end - first, rng);
      CHECK_MESSAGE(behavioural_loss(net.data, u.row(0), step) < 1e-8 * usual, *first);
      first = end;
    }
  }
}

TEST_CASE("no count depends on the order of the neurons or on their scales") {
  INFO(how_to_repeat());
  const std::vector<FreshNet> nets = deep_nets("fresh/disguised", 4);
  std::int64_t compared = 0;
  for (const FreshNet& net : nets) {
    CAPTURE(net.name);
    Rng rng(fresh_seed(), net.name + "/disguise");
    const FreshNet other = measured({disguised(net.data.net, rng), net.data.x});
    if (!other.clear()) continue;
    ++compared;
    CHECK(other.report.free_directions() == net.report.free_directions());
    CHECK(other.report.lower_bound() == net.report.lower_bound());
    CHECK(other.report.naive_sum() == net.report.naive_sum());
    CHECK(other.conditional.lower_bound == net.conditional.lower_bound);
  }
  CHECK(2 * compared > std::ssize(nets));
}

TEST_CASE("the spectrum of J J^T is that of J squared, and not negative") {
  INFO(how_to_repeat());
  for (const FreshNet& net : deep_nets("fresh/spectrum", 3)) {
    CAPTURE(net.name);
    const std::int64_t few = 20;
    Matrix x({few, net.data.x.cols()});
    std::copy_n(net.data.x.data.begin(), x.size(), x.data.begin());
    const interp::DenseNetwork network = interp::dense_network(net.data.net);
    const std::vector<double> h = eigh(interp::jacobian_gram(network, {{"x", x}}), false).values;
    const std::vector<double> s = interp::jacobian_spectrum(network, {{"x", x}}).singular_values;
    for (std::size_t i = 0; i < h.size(); ++i) CHECK(std::abs(h[i] - (i < s.size() ? s[i] * s[i] : 0)) < 1e-12 * h[0]);
  }
}
