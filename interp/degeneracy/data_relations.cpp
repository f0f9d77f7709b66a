#include "interp/degeneracy/data_relations.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "autodiff/op.h"

namespace basin::interp {
namespace {

std::string name_of(std::string_view op, std::size_t k) {
  return "relations of " + std::string(op) + std::to_string(k);
}

// What relus read, and what softmaxes give.
std::vector<Var> looked_at(Graph& graph, Var output, std::string_view op) {
  std::vector<Var> values;
  for (const Id id : nodes_behind(graph, output))
    if (const Node& node = graph.node(id); node.op->name == op)
      values.push_back({&graph, op == "relu" ? node.in[0] : id});
  return values;
}

ModelPoint with_names(ModelPoint model) {
  model.trace = [trace = model.trace](Graph& graph, std::int64_t rows) {
    const Ends ends = trace(graph, rows);
    if (!ends.output)
      throw UsageError("data_relations: the model has no output; wanted values that depend on the data");
    for (const std::string_view op : {"relu", "softmax"}) {
      const std::vector<Var> values = looked_at(graph, ends.output, op);
      for (std::size_t k = 0; k < values.size(); ++k) graph.name(values[k], name_of(op, k));
    }
    return ends;
  };
  return model;
}

// Where each neuron fires, one sample and position behind the other.
struct Firing {
  std::vector<std::vector<bool>> neurons;
  template <class Each>
  void fields(Each& each) {
    each(neurons);
  }
  void add(const Chunk& chunk, std::size_t value) {
    const std::int64_t width = chunk.shapes[value].back();
    neurons.resize(static_cast<std::size_t>(width));
    const std::span<const double> pre = chunk.values[value];
    for (std::size_t i = 0; i < pre.size(); ++i) neurons[i % neurons.size()].push_back(pre[i] > 0);
  }
  void merge(const Firing& other) {
    neurons.resize(std::max(neurons.size(), other.neurons.size()));
    for (std::size_t i = 0; i < other.neurons.size(); ++i)
      neurons[i].insert(neurons[i].end(), other.neurons[i].begin(), other.neurons[i].end());
  }
};

// Largest difference between the patterns of two heads, [head, head].
struct Patterns {
  Matrix largest{};
  template <class Each>
  void fields(Each& each) {
    each(largest);
  }
  void add(const Chunk& chunk, std::size_t value) {
    const Shape& shape = chunk.shapes[value];
    const std::int64_t heads = shape.rank() > 3 ? shape.back(3) : 1, size = shape.back(1) * shape.back(2);
    if (largest.size() == 0) largest = Matrix({heads, heads});
    const std::span<const double> all = chunk.values[value];
    for (std::int64_t start = 0; start < std::ssize(all); start += heads * size)
      for (std::int64_t a = 0; a < heads; ++a)
        for (std::int64_t b = 0; b < a; ++b)
          for (std::int64_t i = start; i < start + size; ++i)
            largest(a, b) = std::max(largest(a, b), std::abs(all[a * size + i] - all[b * size + i]));
  }
  void merge(const Patterns& other) {
    if (largest.size() == 0) largest = Matrix(other.largest.shape);
    for (std::int64_t i = 0; i < other.largest.size(); ++i) largest[i] = std::max(largest[i], other.largest[i]);
  }
};

struct Gathered {
  std::vector<Firing> firing;
  std::vector<Patterns> patterns;
  template <class Each>
  void fields(Each& each) {
    each(firing, patterns);
  }
  void add(const Chunk& chunk) {
    for (std::size_t k = 0; k < firing.size(); ++k) firing[k].add(chunk, k);
    for (std::size_t k = 0; k < patterns.size(); ++k) patterns[k].add(chunk, firing.size() + k);
  }
  void merge(const Gathered& other) {
    for (std::size_t k = 0; k < firing.size(); ++k) firing[k].merge(other.firing[k]);
    for (std::size_t k = 0; k < patterns.size(); ++k) patterns[k].merge(other.patterns[k]);
  }
};

FiringRelations relations(const Firing& firing) {
  FiringRelations found;
  std::map<std::vector<bool>, std::int64_t> first;
  for (std::size_t i = 0; i < firing.neurons.size(); ++i) {
    found.block.push_back(first.try_emplace(firing.neurons[i], std::int64_t(i)).first->second);
    found.always.push_back(std::ranges::count(firing.neurons[i], false) == 0);
    found.never.push_back(std::ranges::count(firing.neurons[i], true) == 0);
  }
  return found;
}

PatternRelations relations(const Patterns& patterns) {
  PatternRelations found;
  for (std::int64_t head = 0; head < patterns.largest.rows(); ++head) {
    std::int64_t group = head;
    for (std::int64_t other = head; other-- > 0;) {
      const double distance = patterns.largest(head, other);
      if (distance <= pattern_tolerance)
        group = found.group[other], found.within = std::max(found.within, distance);
      else
        found.between = std::min(found.between, distance);
    }
    found.group.push_back(group);
  }
  return found;
}

}  // namespace

std::vector<Id> nodes_behind(const Graph& graph, Var value) {
  std::vector<char> needed(graph.size());
  needed[value.id] = 1;
  std::vector<Id> nodes;
  for (Id id = value.id; id >= 0; --id) {
    if (!needed[id]) continue;
    nodes.push_back(id);
    for (const Id in : graph.node(id).in)
      if (in >= 0) needed[in] = 1;
  }
  std::ranges::reverse(nodes);
  return nodes;
}

DataRelations data_relations(const ModelPoint& model, const Inputs& data, const SweepOptions& options) {
  const ModelPoint named = with_names(model);
  Graph probe;
  const Var output = named.trace(probe, 1).output;
  Gathered start{std::vector<Firing>(looked_at(probe, output, "relu").size()),
                 std::vector<Patterns>(looked_at(probe, output, "softmax").size())};
  SweepSpec spec;
  for (std::size_t k = 0; k < start.firing.size(); ++k) spec.fetch.push_back(name_of("relu", k));
  for (std::size_t k = 0; k < start.patterns.size(); ++k) spec.fetch.push_back(name_of("softmax", k));
  DataRelations found;
  if (spec.fetch.empty()) return found;
  const Gathered all =
      sweep_reduce(named, data, spec, options, start, [](Gathered& part, const Chunk& chunk) { part.add(chunk); });
  for (const Firing& firing : all.firing) found.relus.push_back(relations(firing));
  for (const Patterns& patterns : all.patterns) found.softmaxes.push_back(relations(patterns));
  return found;
}

}  // namespace basin::interp
