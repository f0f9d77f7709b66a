#include "interp/basis/layer_moments.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "autodiff/ops.h"
#include "autodiff/transform.h"
#include "interp/sweep/rows.h"

namespace basin::interp {
namespace {

std::vector<Var> node_values(const FoldedModel& model, Graph& graph) {
  std::vector<Var> values;
  for (std::int64_t l = 0; l <= model.sections(); ++l) values.push_back(model.value(graph, l));
  return values;
}

// Values of the node layers, then the slopes of the dense sections.
SweepSpec moment_values(const FoldedModel& model, const std::vector<Quadrature>& rules) {
  return {.derive = [&model, rules](Graph& graph) {
    std::vector<Var> values = node_values(model, graph);
    for (std::int64_t l = 0; l < model.sections(); ++l)
      if (model.dense(l))
        values.push_back(mean_slope(*model.dense(l), model.pre(graph, l, model.node(graph, l)),
                                    rule_of(rules, l, model.sections())));
    return values;
  }};
}

// Empty, summed relative to the means over the first rows of the data.
LayerMoments no_moments(const FoldedModel& model, const Inputs& inputs, const SweepOptions& options) {
  LayerMoments none;
  const SweepSpec nodes{.derive = [&](Graph& graph) { return node_values(model, graph); }};
  std::vector<std::int64_t> first(std::size_t(std::min(rows_of(inputs, "moments"), options.chunk)));
  std::iota(first.begin(), first.end(), 0);
  sweep(model.model(), rows_at(inputs, first), nodes, {.chunk = std::ssize(first)}, [&](const Chunk& chunk) {
    for (std::size_t l = 0; l < chunk.values.size(); ++l) {
      Moments some(chunk.shapes[l].back());
      some.add(chunk.values[l]);
      none.nodes.emplace_back(some.width(), some.mean());
    }
  });
  for (std::int64_t l = 0; l < model.sections(); ++l)
    none.slopes.emplace_back(model.dense(l) ? model.dense(l)->weight.cols() : 0);
  return none;
}

void add_chunk(LayerMoments& to, const Chunk& chunk) {
  std::size_t value = 0;
  for (Moments& node : to.nodes) node.add(chunk.values[value++]);
  for (Moments& slope : to.slopes)
    if (slope.width() > 0) slope.add(chunk.values[value++]);
}

}  // namespace

void LayerMoments::merge(const LayerMoments& other) {
  for (std::size_t l = 0; l < nodes.size(); ++l) nodes[l].merge(other.nodes[l]);
  for (std::size_t l = 0; l < slopes.size(); ++l) slopes[l].merge(other.slopes[l]);
}

LayerMoments layer_moments(const FoldedModel& model, const Inputs& inputs, const std::vector<Quadrature>& rules,
                           const SweepOptions& options) {
  LayerMoments all = no_moments(model, inputs, options);
  add_moments(all, model, inputs, rules, options);
  return all;
}

void add_moments(LayerMoments& known, const FoldedModel& model, const Inputs& inputs,
                 const std::vector<Quadrature>& rules, const SweepOptions& options) {
  LayerMoments none;
  for (const Moments& m : known.nodes) none.nodes.emplace_back(m.width(), m.near());
  for (const Moments& m : known.slopes) none.slopes.emplace_back(m.width(), m.near());
  known.merge(sweep_reduce(model.model(), inputs, moment_values(model, rules), options, none, add_chunk));
}

Var mean_slope(const DenseSection& section, Var p, const Quadrature& rule) {
  Graph& graph = *p.graph;
  const Var ones = fill(graph, 1, p.shape());
  if (!section.activation) return ones;
  Var sum = fill(graph, 0, p.shape());
  for (const PathPoint& point : path_points(rule)) {
    const Var at = point.at * p;
    sum = sum + point.weight * vjp({section.activate(at)}, {ones}, {at})[0];
  }
  return sum;
}

const Quadrature& rule_of(const std::vector<Quadrature>& rules, std::int64_t section, std::int64_t sections) {
  if (rules.size() != 1 && std::ssize(rules) != sections)
    throw UsageError(
        fmt::format("quadrature: {} rules given, wanted one, or one for each of {} sections", rules.size(), sections));
  return rules[rules.size() == 1 ? 0 : section];
}

}  // namespace basin::interp
