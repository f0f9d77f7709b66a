#include "experiments/shared/feature_modules.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "interp/edges/features.h"
#include "interp/edges/interaction_graph.h"

namespace basin::experiments {
namespace {

using interp::Basis;

Matrix without_constant(const Basis& basis) {
  if (basis.constant < 0) return basis.C;
  Matrix C({basis.C.rows(), basis.features() - 1});
  for (std::int64_t i = 0; i < C.rows(); ++i)
    for (std::int64_t j = 0; j < C.cols(); ++j) C(i, j) = basis.C(i, feature_of(basis, j));
  return C;
}

// Modules of two or more, numbered anew in the order of nodes; -1 for nodes that are alone.
std::vector<std::vector<std::int64_t>> without_single_nodes(const interp::Modules& found) {
  std::map<std::int64_t, std::int64_t> sizes, numbers;
  for (const std::int64_t module : found.partition()) ++sizes[module];
  std::vector<std::vector<std::int64_t>> all;
  for (const auto& layer : found.of_node) {
    auto& of = all.emplace_back();
    for (const std::int64_t module : layer)
      of.push_back(sizes[module] < 2 ? -1 : numbers.emplace(module, std::ssize(numbers)).first->second);
  }
  return all;
}

}  // namespace

std::int64_t FeatureModules::modules() const {
  std::int64_t last = -1;
  for (const auto& layer : of_feature)
    for (const std::int64_t module : layer) last = std::max(last, module);
  return last + 1;
}

std::vector<double> cutoffs_at(const std::vector<Matrix>& E, double share) {
  std::vector<double> cutoffs;
  for (const Matrix& section : E) {
    double largest = 0;
    for (const double e : section.data) largest = std::max(largest, std::abs(e));
    cutoffs.push_back(share * largest > 0 ? share * largest : 1);
  }
  return cutoffs;
}

FeatureModules feature_modules(const std::vector<Basis>& bases, const std::vector<Matrix>& E,
                               std::vector<double> cutoffs, const interp::ModuleOptions& options) {
  const interp::LayeredGraph graph = interp::interaction_graph(bases, E);
  FeatureModules m{.cutoffs = std::move(cutoffs)};
  const bool empty_layer = std::ranges::find(graph.layer_sizes, 0) != graph.layer_sizes.end();
  m.weights = empty_layer ? graph : log_weights(graph, m.cutoffs);
  if (empty_layer || edge_list(m.weights).empty()) {
    for (const std::int64_t size : graph.layer_sizes) m.of_feature.emplace_back(std::size_t(size), -1);
    return m;
  }
  m.found = interp::find_modules(m.weights, options);
  m.of_feature = without_single_nodes(m.found);
  return m;
}

interp::ModularFeatures modular_features(const interp::FoldedModel& model, const std::vector<Basis>& bases,
                                         const FeatureModules& modules, const Inputs& inputs) {
  interp::ModularFeatures all{.modules = modules.of_feature};
  for (std::size_t l = 0; l < bases.size(); ++l)
    all.values.push_back(interp::FeatureTable(model, std::int64_t(l), without_constant(bases[l]), inputs, {}).values());
  return all;
}

}  // namespace basin::experiments
