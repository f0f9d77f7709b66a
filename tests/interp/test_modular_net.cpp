#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/lapack.h"
#include "core/matrix.h"
#include "core/rng.h"
#include "interp/degeneracy/matched_pairs.h"
#include "interp/jacobian/parameter_jacobian.h"
#include "tests/largest_difference.h"

using namespace basin;
using namespace basin::interp;

namespace {

Matrix normal(std::int64_t rows, std::int64_t cols, const std::string& name) {
  Matrix a({rows, cols});
  Rng(3, name).fill_normal(a.data);
  return a;
}

// `modules` of 3-4-2.
ModularNet random_net(int modules) {
  ModularNet net;
  for (int i = 0; i < modules; ++i) {
    const std::string name = std::to_string(i);
    net.modules.push_back({.weights = {normal(4, 3, "in" + name), normal(2, 4, "out" + name)},
                           .biases = {normal(1, 4, "bias" + name).data, normal(1, 2, "end" + name).data}});
  }
  return net;
}

// Two modules of which the first has a dead neuron and an always-on one.
ModularNet net_with_dead() {
  ModularNet net = random_net(2);
  net.modules[0].biases[0][1] = -100;
  net.modules[0].biases[0][2] = 100;
  return net;
}

}  // namespace

TEST_CASE("modules put together compute what each computes on its own block") {
  const ModularNet net = random_net(3);
  const Matrix x = normal(20, 9, "x"), whole = outputs(net.assembled(), x);
  CHECK(net.parameters() == 3 * 26);
  CHECK(net.hidden() == 12);
  for (std::int64_t i = 0; i < 3; ++i)
    CHECK(largest_difference(columns_of(whole, 2 * i, 2), outputs(net.modules[i], net.inputs_of(i, x))) < 1e-13);
}

TEST_CASE("the spectrum of modules is that of the whole Jacobian, cut to the parameters within modules") {
  const ModularNet net = random_net(2);
  const Matrix x = normal(60, 6, "x");
  const Matrix whole = parameter_jacobian(dense_network(net.assembled()), {{"x", x}});
  // Parameters of 6-8-4: weights [in, out], then biases, layer by layer.
  std::vector<std::int64_t> within;
  for (std::int64_t i = 0; i < 6; ++i)
    for (std::int64_t o = 0; o < 8; ++o)
      if (i / 3 == o / 4) within.push_back(i * 8 + o);
  for (std::int64_t o = 0; o < 8; ++o) within.push_back(48 + o);
  for (std::int64_t i = 0; i < 8; ++i)
    for (std::int64_t o = 0; o < 4; ++o)
      if (i / 4 == o / 2) within.push_back(56 + i * 4 + o);
  for (std::int64_t o = 0; o < 4; ++o) within.push_back(88 + o);
  REQUIRE(std::int64_t(within.size()) == net.parameters());
  Matrix cut({whole.rows(), std::int64_t(within.size())});
  for (std::int64_t row = 0; row < cut.rows(); ++row)
    for (std::int64_t c = 0; c < cut.cols(); ++c) cut(row, c) = whole(row, within[c]);
  const std::vector<double> wanted = singular_values(cut), given = directions(net, x).eigenvalues;
  REQUIRE(given.size() == wanted.size());
  for (std::size_t i = 0; i < given.size(); ++i) CHECK(std::abs(std::sqrt(given[i]) - wanted[i]) < 1e-12 * wanted[0]);
}

TEST_CASE("dead neurons go without a trace in function, spectrum and count") {
  const ModularNet net = net_with_dead();
  const Matrix x = normal(300, 6, "x");
  const ModularNet pruned = without_dead(net, x);
  CHECK(firing_counts(net, x)[1] == 0);
  CHECK(firing_counts(net, x)[2] == 300);
  const FiringShares shares = firing_shares(net, x);
  CHECK(shares.dead == doctest::Approx(1 / 8.));
  CHECK(shares.always_on == doctest::Approx(1 / 8.));
  CHECK(shares.rarely >= shares.dead);
  CHECK(shares.mostly >= shares.always_on);
  CHECK(pruned.hidden() == 7);
  CHECK(largest_difference(outputs(net.assembled(), x), outputs(pruned.assembled(), x)) < 1e-13);
  const Directions all = directions(net, x), live = directions(pruned, x);
  CHECK(all.live == 7);
  CHECK(live.live == 7);
  CHECK(all.rank.rank == live.rank.rank);
  CHECK(all.parameters - live.parameters == 3 + 1 + 2);
  for (double epsilon : {1e-1, 1e-3, 1e-6}) {
    CHECK(all.at(epsilon * all.eigenvalues[0]).count == live.at(epsilon * live.eigenvalues[0]).count);
    CHECK(all.at(epsilon).soft_count == doctest::Approx(live.at(epsilon).soft_count).epsilon(1e-10));
  }
  CHECK(live.beyond_rescaling() == 1);  // of the always-on neuron
  CHECK(all.beyond_rescaling() == 1 + 6);
}

TEST_CASE("what dead neurons add to the spectrum is zeros, whether there are rows for all of it or not") {
  const ModularNet net = net_with_dead();
  for (const std::int64_t rows : {300, 8}) {
    const Matrix x = normal(rows, 6, "x");
    const SampledNet found = sampled(net, x);
    const Directions whole = directions(net, x), pruned = directions(without_dead(net, x), x);
    CHECK(found.whole.parameters == whole.parameters);
    CHECK(found.whole.live == whole.live);
    CHECK(found.whole.rank.rank == whole.rank.rank);
    CHECK(found.whole.rank.decided() == whole.rank.decided());
    CHECK(found.whole.rank.smallest_kept == doctest::Approx(whole.rank.smallest_kept).epsilon(1e-9));
    const double top = whole.eigenvalues[0];
    CHECK(largest_difference(found.whole.eigenvalues, whole.eigenvalues, [&](double) { return top; }) < 1e-13);
    CHECK(found.pruned.eigenvalues == pruned.eigenvalues);
  }
}

TEST_CASE("a neuron that fires on one sample alone is not dead") {
  ModularNet net = random_net(1);
  const Matrix x = normal(50, 3, "x");
  Matrix p = matmul(x, net.modules[0].weights[0], false, true);
  std::vector<double> first;
  for (std::int64_t row = 0; row < 50; ++row) first.push_back(p(row, 0));
  std::ranges::sort(first, std::greater{});
  net.modules[0].biases[0][0] = -(first[0] + first[1]) / 2;
  CHECK(firing_counts(net, x)[0] == 1);
  CHECK(without_dead(net, x).hidden() == 4);
}

TEST_CASE("a module whose neurons are all dead keeps one, and its function") {
  ModularNet net = random_net(2);
  net.modules[1].biases[0] = {-100, -100, -100, -100};
  const Matrix x = normal(80, 6, "x");
  const ModularNet pruned = without_dead(net, x);
  CHECK(pruned.hidden() == 5);
  CHECK(largest_difference(outputs(net.assembled(), x), outputs(pruned.assembled(), x)) < 1e-13);
}

TEST_CASE("generic modules have one free direction for each hidden neuron, with a gap") {
  const Directions d = directions(random_net(2), normal(100, 6, "x"));
  CHECK(d.beyond_rescaling() == 0);
  CHECK(d.rank.gap > 1e6);
}

TEST_CASE("directions are counted above a cut-off, hard and soft") {
  const Directions d{.parameters = 5, .live = 1, .eigenvalues = {4, 1, 0.25, 0}};
  CHECK(d.at(0.5).count == 2);
  CHECK(d.at(1).soft_count == doctest::Approx(0.8 + 0.5 + 0.2));
}

TEST_CASE("equal parameters need a width that fits, and the error names some") {
  const EqualWidths two = equal_widths(2, 4, 2, 13), four = equal_widths(4, 4, 2, 25);
  CHECK(two.dense == 14);
  CHECK(four.dense == 28);
  CHECK(2 * (13 * 7 + 2) == 14 * 13 + 4);
  CHECK(4 * (25 * 7 + 2) == 28 * 25 + 8);
  CHECK_THROWS_WITH_AS(equal_widths(2, 4, 2, 12), doctest::Contains("widths 13, 26, 39"), UsageError);
  CHECK_THROWS_AS(equal_widths(2, 4, 2, 0), UsageError);
}
