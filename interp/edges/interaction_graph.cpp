#include "interp/edges/interaction_graph.h"

#include <fmt/format.h>

#include <cmath>

namespace basin::interp {

LayeredGraph interaction_graph(const std::vector<Basis>& bases, const std::vector<Matrix>& E) {
  LayeredGraph graph;
  for (const Basis& b : bases) graph.layer_sizes.push_back(b.features() - (b.constant >= 0));
  if (E.size() + 1 != bases.size())
    throw ShapeError(
        fmt::format("interaction graph: edges of {} sections given for {} node layers", E.size(), bases.size()));
  for (std::size_t l = 0; l < E.size(); ++l) {
    const Basis &from = bases[l], &to = bases[l + 1];
    const Shape wanted{to.features(), from.features()};
    if (!(E[l].shape == wanted))
      throw ShapeError(fmt::format("interaction graph: edges {} given, wanted {}", E[l].shape.str(), wanted.str()));
    Matrix& weights = graph.edges.emplace_back(Shape{graph.layer_sizes[l + 1], graph.layer_sizes[l]});
    for (std::int64_t i = 0; i < weights.rows(); ++i)
      for (std::int64_t j = 0; j < weights.cols(); ++j)
        weights(i, j) = std::abs(E[l](feature_of(to, i), feature_of(from, j)));
  }
  return graph;
}

}  // namespace basin::interp
