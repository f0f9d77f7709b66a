#include "interp/basis/representation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/lapack.h"
#include "core/matrix.h"
#include "interp/layers/plain_loops.h"

namespace basin::interp {
namespace {

constexpr double smallest_step = 1e-7;  // relative: below it rounding of R is what differences show

double parameter_length(const ReluNet& net) {
  double squares = 0;
  for (std::int64_t l = 0; l < net.layers(); ++l) {
    const double w = norm(net.weights[l].data), b = norm(net.biases[l]);
    squares += w * w + b * b;
  }
  return std::sqrt(squares);
}

// The numbers of one table behind those before: all of them, or of a symmetric one the lower triangle.
void append(std::vector<double>& all, const Matrix& table, bool symmetric, double scale) {
  for (std::int64_t i = 0; i < table.rows(); ++i)
    for (std::int64_t j = 0; j < (symmetric ? i + 1 : table.cols()); ++j) all.push_back(table(i, j) / scale);
}

// The largest step for which all neurons fire as they do, both ways and twice as far.
double step_along(const ReluNet& net, const Matrix& x, std::span<const double> direction, double step, double size) {
  for (; step >= smallest_step; step /= 2)
    if (fire_alike(moved(net, direction, 2 * step * size), net, x) &&
        fire_alike(moved(net, direction, -2 * step * size), net, x))
      return step;
  throw NumericalError("representation: a sample is so near to where a neuron begins to fire that no step is left");
}

}  // namespace

std::vector<double> representation(const ReluNet& net, const Matrix& x, const RepresentationOptions& options,
                                   std::vector<double>& scales) {
  const DenseNetwork network = dense_network(net);
  const FoldedModel model(network.model, node_layers(network));
  const std::vector<Basis> bases = interaction_bases(
      model, {{"x", x}},
      {.kind = options.kind, .center = options.center, .truncation = options.truncation, .sweep = options.sweep});
  const std::vector<Matrix> nodes = plain_nodes(net, x);
  std::vector<Matrix> tables;
  for (std::int64_t l = 0; l < net.layers(); ++l) {
    const Matrix f = matmul(nodes[l], bases[l].C);
    tables.push_back(matmul(f, f, false, true));
  }
  tables.push_back(nodes.back());
  if (scales.empty())
    for (const Matrix& table : tables) {
      const double l = norm(table.data);
      scales.push_back(l > 0 ? l : 1);
    }
  std::vector<double> all;
  for (std::size_t t = 0; t < tables.size(); ++t) append(all, tables[t], t + 1 < tables.size(), scales[t]);
  return all;
}

RepresentationChanges representation_changes(const ReluNet& net, const Matrix& x, const Matrix& directions,
                                             const RepresentationOptions& options) {
  RepresentationChanges changes{.along = Matrix({directions.rows(), 0}), .smallest_step = options.step};
  if (directions.rows() == 0) return changes;
  const double size = parameter_length(net);
  std::vector<double> scales;
  const auto numbers = std::int64_t(representation(net, x, options, scales).size());
  Matrix dR({numbers, directions.rows()});
  for (std::int64_t d = 0; d < directions.rows(); ++d) {
    const double step = step_along(net, x, directions.row(d), options.step, size);
    changes.smallest_step = std::min(changes.smallest_step, step);
    for (const auto& [at, weight] : {std::pair{1, 8.0}, {-1, -8.0}, {2, -1.0}, {-2, 1.0}}) {
      const auto R = representation(moved(net, directions.row(d), at * step * size), x, options, scales);
      for (std::int64_t i = 0; i < numbers; ++i) dR(i, d) += weight * R[i] / (12 * step);
    }
  }
  changes.along = transpose(qr_r(dR));
  return changes;
}

SeenDirections seen_directions(const Matrix& along, double tolerance) {
  if (along.rows() == 0) return {};
  return {along.rows(), decide_rank(singular_values(along), {.tolerance = tolerance, .rounding = 1e-8, .scale = 1})};
}

}  // namespace basin::interp
