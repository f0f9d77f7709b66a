#include "interp/edges/edges.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "autodiff/ops.h"
#include "autodiff/transform.h"
#include "core/lapack.h"
#include "interp/basis/random_signs.h"
#include "interp/edges/squared_kernel.h"

namespace basin::interp {
namespace {

struct Sums {
  std::vector<Matrix> E;

  template <class Each>
  void fields(Each& each) {
    each(E);
  }
  void merge(const Sums& other) {
    for (std::size_t l = 0; l < E.size(); ++l)
      std::ranges::transform(E[l].data, other.E[l].data, E[l].data.begin(), std::plus<>());
  }
};

struct Section {
  const FoldedModel& model;
  std::int64_t l;
  const Matrix &C, &C_pinv, &C_next;
  Quadrature rule;
  std::int64_t sources;  // 0: every position of the next layer

  Var features(Graph& graph) const { return matmul(model.node(graph, l), graph.constant(C)); }
  Var next(Graph& graph, Var features) const {
    return matmul(model.section(graph, l, matmul(features, graph.constant(C_pinv))), graph.constant(C_next));
  }
};

// A seed for each feature: [k, 1…, k], to be multiplied by what each row and position has.
Var feature_seeds(Var of) {
  const std::int64_t k = of.shape().back();
  Shape shape{k};
  for (int axis = 1; axis < of.shape().rank(); ++axis) shape.push_back(1);
  return of.graph->constant(Tensor<double>(shape + Shape{k}, identity(k).data));
}

// Sums over positions, where there are any: [..., rows, positions, features] -> [..., rows, features].
Var over_positions(Var v, Var f) { return f.shape().rank() > 2 ? sum(v, {-2}) : v; }

std::string signs_of(const Section& s) { return fmt::format("edges.signs.{}", s.l); }

// Seeds for each source, or position, and feature: [m k, rows, (positions), k].
Var squared_seeds(Graph& graph, const Section& s, Var there) {
  if (s.sources == 0) return one_hot_seeds(there);
  const Shape& shape = there.shape();
  const std::int64_t k = shape.back();
  const Var signs = graph.input(signs_of(s), Shape{s.sources, 1} + shape.first(shape.rank() - 1) + Shape{1});
  return reshape(signs * feature_seeds(there), Shape{s.sources * k} + shape);
}

// sum over the rows of the chunk, [features', features].
Var squared_sum(Graph& graph, const Section& s) {
  const Var f = s.features(graph);
  Var mean;  // of the gradients on the path, [m features', rows, …, features]
  Var seeds;
  for (const PathPoint& point : path_points(s.rule)) {
    const Var at = point.at * f, there = s.next(graph, at);
    if (!seeds) seeds = squared_seeds(graph, s, there);
    const Var g = point.weight * vjp({there}, {seeds}, {at})[0];
    mean = mean ? mean + g : g;
  }
  const Var each = sum(square(over_positions(mean * f, f)), {-2});  // [m features', features]
  const std::int64_t next = s.C_next.cols(), of = std::max<std::int64_t>(s.sources, 1);
  return 1.0 / double(of) * sum(reshape(each, {each.shape()[0] / next, next, s.C.cols()}), {-3});
}

Var functional_sum(Graph& graph, const Section& s) {
  const Var f = s.features(graph), whole = s.next(graph, f);
  Var total;
  for (const PathPoint& point : path_points(s.rule)) {
    const Var at = point.at * f, there = s.next(graph, at);
    const Var g = vjp({there}, {(whole - there) * feature_seeds(there)}, {at})[0] * f;
    const Var part = 2 * point.weight * sum(over_positions(g, f), {-2});
    total = total ? total + part : part;
  }
  return total;
}

// How the edges of one section are found: by a closed form where there is one, else as sums that the engine makes.
class SectionEdges {
 public:
  SectionEdges(const Section& section, const EdgeOptions& options) : s_(section), kind_(options.kind) {
    if (kind_ != EdgeKind::squared || options.by_engine || s_.sources > 0) return;
    if (s_.model.dense(s_.l)) kernel_.emplace(*s_.model.dense(s_.l), s_.C_pinv, s_.C_next);
    if (s_.model.attention(s_.l) && s_.rule.rule == Rule::gradient)
      attention_ = s_.model.attention(s_.l)->between(s_.C_pinv, s_.C_next);
  }

  // What to read in each chunk.
  std::vector<Var> values(Graph& graph) const {
    if (attention_) return {s_.features(graph)};
    if (!kernel_) return {kind_ == EdgeKind::squared ? squared_sum(graph, s_) : functional_sum(graph, s_)};
    const Var f = s_.features(graph);
    return {f, mean_slope(*s_.model.dense(s_.l), matmul(f, graph.constant(kernel_->into())), s_.rule)};
  }

  // Adds what the chunk holds, from this value on, which goes to the next section's.
  void add(const Chunk& chunk, std::size_t& value, Matrix& E) const {
    const std::span<const double> first = chunk.values[value++];
    if (attention_)
      add_squared_edges(*attention_, first, E);
    else if (kernel_)
      kernel_->add(first, chunk.values[value++], E);
    else
      std::ranges::transform(E.data, first, E.data.begin(), std::plus<>());
  }

 private:
  Section s_;
  EdgeKind kind_;
  std::optional<SquaredKernel> kernel_{};
  std::optional<AttentionSection> attention_{};
};

std::vector<Section> sections_of(const FoldedModel& model, const std::vector<Basis>& bases,
                                 const EdgeOptions& options) {
  if (std::ssize(bases) != model.sections() + 1)
    throw ShapeError(
        fmt::format("interaction edges: {} bases given for {} node layers", bases.size(), model.sections() + 1));
  std::vector<Section> sections;
  for (std::int64_t l = 0; l <= model.sections(); ++l) {
    const Basis& b = bases[l];
    if (b.C.shape[0] != model.width(l))
      throw ShapeError(fmt::format("interaction edges: the basis of '{}' is for {} numbers; the node layer has {}",
                                   b.layer, b.C.shape[0], model.width(l)));
    if (l < model.sections())
      sections.push_back({model, l, b.C, b.C_pinv, bases[l + 1].C, rule_of(options.rules, l, model.sections()),
                          model.positions(l + 1) > 1 && options.kind == EdgeKind::squared ? options.sources : 0});
  }
  return sections;
}

}  // namespace

std::vector<Matrix> interaction_edges(const FoldedModel& model, const std::vector<Basis>& bases, const Inputs& inputs,
                                      const EdgeOptions& options) {
  const std::vector<Section> sections = sections_of(model, bases, options);
  std::vector<SectionEdges> edges;
  Sums none;
  for (const Section& s : sections) {
    none.E.emplace_back(Shape{s.C_next.cols(), s.C.cols()});
    edges.emplace_back(s, options);
  }
  SweepSpec spec;
  spec.derive = [&](Graph& graph) {
    std::vector<Var> values;
    for (const SectionEdges& of : edges)
      for (const Var v : of.values(graph)) values.push_back(v);
    return values;
  };
  for (const Section& s : sections)
    if (s.sources > 0)
      spec.made[signs_of(s)] = [&, T = model.positions(s.l + 1)](std::int64_t first, std::span<double> to) {
        fill_signs(options.seed, "edges/sources", s.sources, T, first, to);
      };
  Sums sums = sweep_reduce(model.model(), inputs, spec, options.sweep, none, [&](Sums& part, const Chunk& chunk) {
    std::size_t value = 0;
    for (std::size_t l = 0; l < edges.size(); ++l) edges[l].add(chunk, value, part.E[l]);
  });
  const double n = double(plan_sweep(inputs, options.sweep).samples);
  for (std::size_t l = 0; l < sums.E.size(); ++l)
    for (double& v : sums.E[l].data) v /= n * double(model.positions(std::int64_t(l)));
  return sums.E;
}

EdgeKind edges_from(std::string_view name) {
  if (name == "squared") return EdgeKind::squared;
  if (name == "functional") return EdgeKind::functional;
  throw UsageError(fmt::format("interaction edges: '{}' given, wanted squared or functional", name));
}

std::string_view name_of(EdgeKind kind) { return kind == EdgeKind::squared ? "squared" : "functional"; }

}  // namespace basin::interp
