#include "interp/degeneracy/nearly_null_moves.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace basin::interp {
namespace {

// Both fire over either fires; 0 if neither ever does. Neuron j may be the constant, one past the last.
double agreement_of(const FiringMasks& masks, std::int64_t i, std::int64_t j) {
  if (j == std::int64_t(masks.columns.size())) return double(masks.count(i)) / double(masks.samples);
  std::int64_t both = 0, either = 0;
  for (std::size_t w = 0; w < masks.columns[i].size(); ++w) {
    both += std::popcount(masks.columns[i][w] & masks.columns[j][w]);
    either += std::popcount(masks.columns[i][w] | masks.columns[j][w]);
  }
  return either ? double(both) / double(either) : 0;
}

void append_normalised(std::vector<double>& rows, std::span<const double> move) {
  double square = 0;
  for (double v : move) square += v * v;
  const double scale = square > 0 ? 1 / std::sqrt(square) : 0;
  for (double v : move) rows.push_back(scale * v);
}

Matrix table(std::vector<double> rows, std::int64_t columns) {
  const auto count = std::int64_t(rows.size()) / columns;
  return {Shape{count, columns}, std::move(rows)};
}

}  // namespace

NearlyNullMoves nearly_null_moves(const ReluNet& net, const NetworkFactors& factors, double agreement) {
  std::vector<double> rescalings, pairs;
  for (std::int64_t l = 0; l + 1 < net.layers(); ++l) {
    const std::int64_t d = net.weights[l].rows();
    FiringBlock whole{.layer = l, .kind = BlockKind::always_on, .neurons = std::vector<std::int64_t>(d)};
    std::iota(whole.neurons.begin(), whole.neurons.end(), 0);
    const Matrix moves = parameter_moves(net, {whole});  // A_ij in row i columns + j; the constant needs its biases
    const std::int64_t columns = d + joined_by_constant(net, whole);
    for (std::int64_t i = 0; i < d; ++i)
      for (std::int64_t j = 0; j < columns; ++j)
        if (i == j)
          append_normalised(rescalings, moves.row(i * columns + j));
        else if (agreement_of(factors.layers[l].firing, i, j) >= agreement)
          append_normalised(pairs, moves.row(i * columns + j));
  }
  return {table(std::move(rescalings), net.parameters()), table(std::move(pairs), net.parameters())};
}

}  // namespace basin::interp
