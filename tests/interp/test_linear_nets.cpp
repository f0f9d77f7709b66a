// Linear networks and layers without biases: counts that algebra predicts.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "interp/degeneracy/degeneracy_details.h"
#include "interp/degeneracy/exact_count.h"
#include "interp/degeneracy/null_space.h"
#include "tests/interp/small_networks.h"

using namespace basin;
using namespace basin::interp;

namespace {

using Widths = std::vector<std::int64_t>;

Matrix of_rank(std::int64_t rows, std::int64_t columns, std::int64_t rank, const std::string& stream) {
  return matmul(random_matrix(rows, rank, (stream + "a").c_str()),
                random_matrix(rank, columns, (stream + "b").c_str()));
}

ReluNet random_net(const Widths& widths, const std::vector<bool>& biases, bool linear) {
  ReluNet net{.weights = {}, .biases = {}, .linear = linear};
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    const std::string stream = "net" + std::to_string(l);
    net.weights.push_back(random_matrix(widths[l + 1], widths[l], stream.c_str()));
    net.biases.push_back(biases[l] ? random_matrix(1, widths[l + 1], (stream + "b").c_str()).data
                                   : std::vector<double>{});
  }
  return net;
}

Matrix inputs_for(const ReluNet& net) { return random_matrix(80, net.widths().front(), "x"); }

// The largest change of an output along a direction of parameter space, by central differences.
double change_along(const ReluNet& net, const Matrix& x, std::span<const double> direction) {
  return largest_difference(outputs(moved(net, direction, 1e-6), x), outputs(moved(net, direction, -1e-6), x)) / 2e-6;
}

}  // namespace

TEST_CASE("generic deep linear networks: rank J is the dimension of the maps of their rank, and (*) is exact") {
  for (const Widths& w :
       {Widths{3, 3, 3}, {4, 2, 3}, {3, 5, 4}, {5, 2, 4, 3}, {4, 4, 4, 4}, {2, 5, 3, 6}, {6, 4, 3, 5, 4}})
    for (const bool bias : {false, true}) {
      CAPTURE(w);
      CAPTURE(bias);
      const ReluNet net = random_net(w, std::vector<bool>(w.size() - 1, bias), true);
      const std::int64_t r = std::ranges::min(w), in = w.front(), out = w.back();
      const DegeneracyReport report = degeneracy(net, inputs_for(net));
      CHECK(report.jacobian.rank == r * (in + out - r) + (bias ? out : 0));  // matrices of rank r, and a constant
      CHECK(report.residual() == 0);
      CHECK(report.smallest_gap() > 1e4);
      CHECK(std::isinf(report.firing_margin));
      REQUIRE(report.blocks.size() == w.size() - 2);
      for (const FiringBlock& block : report.blocks) CHECK(block.kind == BlockKind::always_on);
    }
}

TEST_CASE("a bias in front of a linear network is one more input, one behind it frees the constants") {
  // 3-2-4: maps of rank 2 make 2 (3 + 4 - 2) = 10; with a fourth input, the constant, 2 (4 + 4 - 2) = 12.
  const std::vector<std::pair<std::vector<bool>, std::int64_t>> cases{
      {{false, false}, 10}, {{true, false}, 12}, {{false, true}, 14}, {{true, true}, 14}};
  for (const auto& [biases, rank] : cases) {
    CAPTURE(biases[0]);
    CAPTURE(biases[1]);
    const ReluNet net = random_net({3, 2, 4}, biases, true);
    const Matrix x = inputs_for(net);
    const DegeneracyReport report = degeneracy(net, x);
    CHECK(report.jacobian.rank == rank);
    CHECK(report.residual() == 0);
    const ExactCount exact = exact_one_hidden(net, x);
    CHECK(exact.condition);
    CHECK(exact.free_directions == report.free_directions());
  }
}

TEST_CASE("without biases a ReLU network has its rescalings, and a block its k^2, as with them") {
  for (const std::vector<bool>& biases : {std::vector<bool>{false, false}, {true, false}, {false, true}}) {
    const ReluNet net = random_net({4, 5, 3}, biases, false);
    const DegeneracyReport report = degeneracy(net, random_matrix(400, 4, "x"));
    CHECK(report.free_directions() == 5);
    CHECK(report.lower_bound() == 5);
  }
  ReluNet net = random_net({3, 4, 3}, {false, false}, false);
  for (std::int64_t j = 0; j < 3; ++j) net.weights[0](1, j) = 2 * net.weights[0](0, j);  // fires with neuron 0
  const DegeneracyReport report = degeneracy(net, random_matrix(200, 3, "x"));
  // The block has k = 2, rho = 1, s = 2, r = 3: 2 3 + 3 2 - 2 3 - 3 + 2 = 5; two single neurons.
  CHECK(report.free_directions() == 5 + 2);
  CHECK(report.residual() == 0);
}

TEST_CASE("an always-on block without one of its biases has k^2 moves and not k(k+1)") {
  for (const std::vector<bool>& biases : {std::vector<bool>{true, false}, {false, true}, {true, true}}) {
    ReluNet net = random_net({3, 2, 2}, biases, false);
    Matrix x = random_matrix(60, 3, "x");
    for (double& v : x.data) v = std::abs(v);
    for (double& v : net.weights[0].data) v = std::abs(v);
    for (double& v : net.biases[0]) v = std::abs(v);
    const DegeneracyReport report = degeneracy(net, x);
    CHECK(report.gauge_entries == (biases[0] && biases[1] ? 6 : 4));
    CHECK(report.free_directions() == report.gauge_entries);
    CHECK(report.residual() == 0);
  }
}

TEST_CASE("doubly null directions of a linear network read as any other (claim C17)") {
  struct Row {
    std::int64_t hidden, rank;
    double jacobian, n_eff;
  };
  for (const Row& row : {Row{3, 1, 5, 8}, Row{2, 1, 5, 7}, Row{2, 2, 8, 8}}) {
    const ReluNet net{.weights = {of_rank(row.hidden, 3, row.rank, "in"), of_rank(3, row.hidden, row.rank, "out")},
                      .biases = {{}, {}},
                      .linear = true};
    const Matrix x = random_matrix(50, 3, "x");
    const Subject s = subject(net, x);
    const DegeneracyReport report = degeneracy(s);
    const DegeneracyDetails details = degeneracy_details(s, report, {1e-18});
    REQUIRE(details.corrected.has_value());
    CHECK(details.corrected->jacobian_rank == row.jacobian);
    CHECK(details.corrected->n_eff == row.n_eff);
    CHECK(details.epsilon.front().jacobian.count == row.jacobian);
    const LinearNet same{net.weights[0], net.weights[1]};
    CHECK(corrected_count(same, x).n_eff == row.n_eff);
    CHECK(report.conditional.lower_bound == net.parameters() - row.jacobian);
  }
}

TEST_CASE("the null space of nets without biases keeps the outputs") {
  for (const bool linear : {false, true}) {
    const ReluNet net = random_net({4, 3, 3, 2}, {false, true, false}, linear);
    const Matrix x = inputs_for(net);
    const NullSpace space = jacobian_null_space(net, x);
    CHECK(space.basis.cols() == net.parameters());
    CHECK(space.basis.shape[0] == degeneracy(net, x).free_directions());
    for (std::int64_t i = 0; i < space.basis.shape[0]; ++i) CHECK(change_along(net, x, space.basis.row(i)) < 1e-7);
  }
}
