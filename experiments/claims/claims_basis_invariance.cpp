// C25: what interaction bases do not depend on (docs/theory.md §5.3).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/lapack.h"
#include "core/matrix.h"
#include "core/statistics.h"
#include "experiments/claims/basis_claims.h"
#include "interp/layers/plain_loops.h"

namespace basin::experiments {
namespace {

using interp::Basis;
using interp::BasisKind;
using interp::fire_alike;
using interp::plain_nodes;
using interp::ReluNet;

// Q1 diag(1/2 … 2) Q2: far from orthogonal, near enough to it that double decides the same ranks.
Matrix change_of_coordinates(std::int64_t d, Rng& rng) {
  Matrix left = normal_matrix(d, d, rng), right = normal_matrix(d, d, rng);
  orthonormalise(left);
  orthonormalise(right);
  for (std::int64_t i = 0; i < d; ++i)
    for (double& v : right.row(i)) v *= rng.uniform(0.5, 2);
  return matmul(left, right);
}

// The same weights, every node layer seen in other coordinates.
std::vector<double> changes_by_coordinates(const ClaimNet& net, BasisKind kind, Rng rng) {
  std::vector<Matrix> coordinates;
  const std::vector<Matrix> nodes = plain_nodes(net.net, net.x);
  for (std::int64_t l = 0; l < net.net.layers(); ++l)
    coordinates.push_back(change_of_coordinates(nodes[l].cols() - 1, rng));
  const std::vector<Basis> a = bases_of(folded(net.net), net.x, kind),
                           b = bases_of(folded(net.net, coordinates), net.x, kind);
  std::vector<double> all;
  for (std::int64_t l = 0; l < net.net.layers(); ++l) {
    Matrix turned = matmul(columns_of(nodes[l], 0, nodes[l].cols() - 1), coordinates[l]), with_one = nodes[l];
    for (std::int64_t s = 0; s < turned.rows(); ++s) std::ranges::copy(turned.row(s), with_one.row(s).begin());
    all.push_back(relative_difference(kernel(with_one, b[l].C), kernel(nodes[l], a[l].C)));
  }
  return all;
}

struct Move {
  std::string name;
  ReluNet net;
};

// Adds to the rows [first, first + size) of the first layer: each row of `by` [size, d~] once.
ReluNet with_rows_added(ReluNet net, std::int64_t first, const Matrix& by) {
  for (std::int64_t i = 0; i < by.rows(); ++i) {
    for (std::int64_t j = 0; j + 1 < by.cols(); ++j) net.weights[0](first + i, j) += by(i, j);
    net.biases[0][first + i] += by(i, by.cols() - 1);
  }
  return net;
}

Matrix rows_of_block(const ReluNet& net, std::int64_t first, std::int64_t size) {
  Matrix rows({size, net.weights[0].cols() + 1});
  for (std::int64_t i = 0; i < size; ++i) {
    std::ranges::copy(net.weights[0].row(first + i), rows.row(i).begin());
    rows(i, rows.cols() - 1) = net.biases[0][first + i];
  }
  return rows;
}

// Finite moves along which the outputs on the data do not change. Kind (a): what the inputs never show; (b): a
// direction of the first block that nobody reads; (c): a change of basis in the second block, undone by its readers.
// Steps are halved until every neuron fires where it did.
std::vector<Move> moves(const ClaimNet& net, Rng& rng) {
  const std::int64_t d = net.x.cols() + 1;
  const Matrix unseen = transpose(null_space(plain_nodes(net.net, net.x)[0]));
  const Matrix unread = null_space(columns_of(net.net.weights[1], 0, 4));
  std::vector<Move> all{
      {"a", with_rows_added(net.net, 0, matmul(normal_matrix(net.net.weights[0].rows(), unseen.rows(), rng), unseen))}};
  const Matrix along = matmul(unread, normal_matrix(unread.cols(), d, rng)), turn = normal_matrix(3, 3, rng);
  for (double step = 0.5;; step /= 2) {
    Matrix by = along;
    for (double& v : by.data) v *= step;
    ReluNet moved = with_rows_added(net.net, 0, by);
    if (!fire_alike(moved, net.net, net.x)) continue;
    all.push_back({"b", std::move(moved)});
    break;
  }
  for (double step = 0.5;; step /= 2) {
    Matrix A = identity(3);
    for (std::int64_t i = 0; i < 9; ++i) A[i] += step * turn[i];
    Matrix more = A;
    for (std::int64_t i = 0; i < 3; ++i) more(i, i) -= 1;
    ReluNet moved = with_rows_added(net.net, 4, matmul(more, rows_of_block(net.net, 4, 3)));
    const Matrix readers = transpose(solve(transpose(A), transpose(columns_of(net.net.weights[1], 4, 3))));
    for (std::int64_t i = 0; i < readers.rows(); ++i)
      std::ranges::copy(readers.row(i), moved.weights[1].row(i).begin() + 4);
    if (!fire_alike(moved, net.net, net.x)) continue;
    all.push_back({"c", std::move(moved)});
    return all;
  }
}

void invariance(ClaimTable& table, const ClaimSettings& settings) {
  Rng rng(settings.seed, "claims/C25");
  const ClaimNet net = claim_net(nn::plant(invariant_plan(), rng.next_u64()));
  const std::string how =
      "largest difference of f^ f^^T over its largest entry, activations by plain loops, worst of all node layers";
  const std::uint64_t seed = rng.next_u64();
  const std::pair<std::string, ClaimNet> nets[] = {{"", net}, {", trained on digits", trained_claim_net(seed % 1000)}};
  for (const auto& [what, some] : nets)
    for (const BasisKind kind : {BasisKind::lib, BasisKind::ib})
      table
          .expect(fmt::format("{}: features after a change of coordinates of every layer{}", name_of(kind), what), 0,
                  std::ranges::max(changes_by_coordinates(some, kind, Rng(seed, "coordinates"))))
          .within(1e-9)
          .because(
              "theorem: T1 (docs/theory.md §5.3); the changed network by reverse sweeps, the other in closed form; " +
              how);
  table
      .expect("pca: node layers whose features change by more than 1 % under it", net.net.layers(),
              std::ranges::count_if(changes_by_coordinates(net, BasisKind::pca, Rng(seed, "coordinates")),
                                    [](double c) { return c > 0.01; }))
      .because("theorem: variances depend on coordinates; the same changes");
  for (const Move& move : moves(net, rng)) {
    const Matrix before = plain_nodes(net.net, net.x).back(), after = plain_nodes(move.net, net.x).back();
    table.expect(fmt::format("outputs after a move of kind ({})", move.name), 0, relative_difference(after, before))
        .within(1e-12)
        .because("plain loops: outputs before; what the rows on features rest on; over the largest output");
    for (const BasisKind kind : {BasisKind::lib, BasisKind::ib})
      table
          .expect(fmt::format("{}: features after a move of kind ({})", name_of(kind), move.name), 0,
                  std::ranges::max(changes(net.net, move.net, net.x, kind)))
          .within(1e-9)
          .because("theorem: T1 and T2 (docs/theory.md §5.3); a finite step that keeps all firing patterns; " + how);
  }
}

const ClaimEntry c25{
    "C25", "interaction bases do not depend on coordinates or on free directions", {.fixed = 0.14}, invariance};

}  // namespace
}  // namespace basin::experiments
