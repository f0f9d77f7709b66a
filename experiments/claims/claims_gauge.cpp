// C31: as many weights can be fixed as directions are free, if neurons are gated by data (docs/theory.md §4).
#include <algorithm>
#include <cmath>

#include "core/lapack.h"
#include "core/matrix.h"
#include "experiments/claims/basis_claims.h"
#include "interp/layers/plain_loops.h"

namespace basin::experiments {
namespace {

const std::vector<std::int64_t> block_sizes{3, 2, 1};

// Columns of a [k, n] that span what its rows can, chosen one by one: the one that is longest beside those before.
std::vector<std::int64_t> pivots(Matrix a) {
  std::vector<std::int64_t> chosen;
  for (std::int64_t step = 0; step < a.rows(); ++step) {
    const Matrix columns = transpose(a);
    std::int64_t best = 0;
    for (std::int64_t j = 0; j < a.cols(); ++j)
      if (dot(columns.row(j), columns.row(j)) > dot(columns.row(best), columns.row(best))) best = j;
    chosen.push_back(best);
    const double length = dot(columns.row(best), columns.row(best));
    for (std::int64_t j = 0; j < a.cols(); ++j) {
      const double along = dot(columns.row(j), columns.row(best)) / length;
      for (std::int64_t i = 0; i < a.rows(); ++i) a(i, j) = j == best ? 0 : a(i, j) - along * columns(best, i);
    }
  }
  return chosen;
}

struct Gauge {
  Matrix rows, readers;  // W~ of the hidden layer [6, d~], and what reads it [4, 6]
};

// Kind (a): inputs never show the rows of `unseen` [2, d~], so two weights of each neuron go to 0. Kind (c): a block
// may be mixed by any invertible matrix, so k of its columns become the identity, and its readers undo it.
Gauge fixed(Gauge g, const Matrix& unseen) {
  const std::vector<std::int64_t> redundant = pivots(unseen);
  const Matrix part = columns_at(unseen, redundant);
  const Matrix away = matmul(transpose(solve(transpose(part), transpose(columns_at(g.rows, redundant)))), unseen);
  for (std::int64_t i = 0; i < g.rows.size(); ++i) g.rows[i] -= away[i];
  std::int64_t first = 0;
  for (const std::int64_t k : block_sizes) {
    const Matrix block = rows_of(g.rows, first, k);
    const Matrix pivot = columns_at(block, pivots(block));
    const Matrix mixed = solve(pivot, block), readers = matmul(columns_of(g.readers, first, k), pivot);
    for (std::int64_t i = 0; i < k; ++i) std::ranges::copy(mixed.row(i), g.rows.row(first + i).begin());
    for (std::int64_t o = 0; o < readers.rows(); ++o)
      std::ranges::copy(readers.row(o), g.readers.row(o).begin() + first);
    first += k;
  }
  return g;
}

// Outputs where neurons fire as `gates` [n, 6] say, or, if that is empty, as a ReLU has them fire.
Matrix outputs_of(const Gauge& g, const std::vector<double>& bias, const Matrix& inputs, const Matrix& gates) {
  Matrix hidden = matmul(inputs, g.rows, false, true);
  for (std::int64_t i = 0; i < hidden.size(); ++i)
    if (!((gates.size() ? gates[i] : hidden[i]) > 0)) hidden[i] = 0;
  Matrix out = matmul(hidden, g.readers, false, true);
  for (std::int64_t s = 0; s < out.rows(); ++s)
    for (std::int64_t o = 0; o < out.cols(); ++o) out(s, o) += bias[o];
  return out;
}

std::int64_t fixed_weights(const Gauge& g) {
  const auto is = [](double v, double to) { return std::abs(v - to) < 1e-12; };
  const auto count = [&](const Matrix& a) {
    return std::ranges::count_if(a.data, [&](double v) { return is(v, 0) || is(v, 1); });
  };
  return count(g.rows) + count(g.readers);
}

void gauge(ClaimTable& table, const ClaimSettings& settings) {
  const nn::Plan plan{.hidden = {nn::blocks({3, 2, 1})}, .input_rank = 3};
  const ClaimNet net = claim_net(nn::plant(plan, Rng(settings.seed, "claims/C31").next_u64()));
  const std::vector<Matrix> nodes = plain_nodes(net.net, net.x);
  Gauge before{.rows = Matrix({6, 6}), .readers = net.net.weights[1]};
  for (std::int64_t i = 0; i < 6; ++i) {
    std::ranges::copy(net.net.weights[0].row(i), before.rows.row(i).begin());
    before.rows(i, 5) = net.net.biases[0][i];
  }
  const Gauge after = fixed(before, transpose(null_space(nodes[0])));
  const Matrix gates = columns_of(nodes[1], 0, 6);
  table.expect("weights at 0 or 1", 12 + 14, fixed_weights(after))
      .because(
          "arithmetic: two weights of each of six neurons, and sum k^2, on planted sizes: 5-6-4, inputs of rank 3, "
          "blocks 3, 2, 1, N = 64");
  table
      .expect("directions that are free", 12 + 14,
              interp::degeneracy(net.net, net.x, claim_options(settings)).free_directions())
      .because("arithmetic: the same; measured: N - rank J of the network before");
  table
      .expect("outputs of the gated representation", 0,
              relative_difference(outputs_of(after, net.net.biases[1], nodes[0], gates), nodes[2]))
      .within(1e-12)
      .because(
          "plain loops: outputs of the network before; neurons fire where they did, which is kept as data; largest "
          "difference over the largest output");
  table
      .expect("a plain ReLU network with these weights differs by more than 1 %", 1,
              std::int64_t(relative_difference(outputs_of(after, net.net.biases[1], nodes[0], {}), nodes[2]) > 0.01))
      .because(
          "plain loops: outputs of the network before; mixing a block does not keep the signs of its pre-activations");
}

const ClaimEntry c31{"C31",
                     "as many weights can be fixed as directions are free, in the gated representation",
                     {.fixed = 0.0077},
                     gauge};

}  // namespace
}  // namespace basin::experiments
