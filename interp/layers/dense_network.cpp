#include "interp/layers/dense_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "autodiff/op.h"
#include "autodiff/transform.h"

namespace basin::interp {
namespace {

// Reads layers off a graph traced for some rows.
class LayerFinder {
 public:
  LayerFinder(const ModelPoint& model, Graph& graph) : graph_(graph) {
    for (const auto& p : model.parameters.slices()) offsets_[graph[p.name].id] = p.offset;
  }

  std::vector<DenseLayer> find(Id output) {
    const std::vector<char> needed = ancestors(output);
    std::vector<DenseLayer> layers;
    for (Id id = 0; id <= output; ++id)
      if (needed[id] && reads_parameter(id)) layers.push_back(layer_at(id));
    for (const auto& [id, offset] : offsets_)
      if (!used_.count(id))
        throw UsageError("dense network: the output does not depend on parameter " + graph_.describe(id) +
                         "; help: leave it out of the model's parameters");
    return layers;
  }

 private:
  bool is_parameter(Id id) const { return offsets_.count(id) > 0; }

  std::vector<char> ancestors(Id output) const {
    std::vector<char> needed(output + 1, 0);
    needed[output] = 1;
    for (Id id = output; id >= 0; --id)
      for (int i = 0; needed[id] && i < graph_.node(id).arity(); ++i) needed[graph_.node(id).in[i]] = 1;
    return needed;
  }

  bool reads_parameter(Id id) const {
    const Node& n = graph_.node(id);
    return std::any_of(n.in.begin(), n.in.begin() + n.arity(), [&](Id in) { return is_parameter(in); });
  }

  DenseLayer layer_at(Id id) {
    const Node& n = graph_.node(id);
    const bool plain_matmul = n.op->name == "matmul" && n.attr.ints[0] == 0 && n.attr.ints[1] == 0;
    const bool parameters_in_place =
        !is_parameter(n.in[0]) && is_parameter(n.in[1]) && (plain_matmul || (n.arity() == 3 && is_parameter(n.in[2])));
    if (!(plain_matmul || n.op->name == "dense") || !parameters_in_place)
      throw UsageError("dense network: " + graph_.describe(id) +
                       " uses a parameter, wanted dense(input, weight, bias) alone; help: only networks of dense "
                       "layers are covered");
    if (n.shape.rank() != 2)
      throw UsageError("dense network: " + graph_.describe(id) + " has other axes than [rows, features]");
    const Shape& weight = graph_.node(n.in[1]).shape;
    DenseLayer layer{name(n.in[0]), name(id), name(n.in[1]), "", weight[0], weight[1], use_once(n.in[1]), 0};
    if (n.arity() == 3) {
      layer.bias = name(n.in[2]);
      layer.bias_offset = use_once(n.in[2]);
    }
    return layer;
  }

  std::int64_t use_once(Id parameter) {
    if (!used_.insert(parameter).second)
      throw UsageError("dense network: parameter " + graph_.describe(parameter) + " is used by two layers");
    return offsets_.at(parameter);
  }

  std::string name(Id id) const {
    std::string given = graph_.name_of(id);
    if (!graph_.has(given))
      throw NameError("dense network: " + graph_.describe(id) + " has no name; help: name it with Graph::name");
    return given;
  }

  Graph& graph_;
  std::map<Id, std::int64_t> offsets_;
  std::set<Id> used_;
};

}  // namespace

DenseNetwork dense_network(ModelPoint model, std::string output) {
  if (model.parameter_count() == 0) throw UsageError("dense network: the model has no parameters");
  Graph graph;
  model.trace(graph, 2);
  const Var out = graph[output];
  if (out.shape().rank() != 2 || out.shape()[0] != 2)
    throw UsageError("dense network: output " + graph.describe(out.id) + " traced for 2 rows, wanted [2, k]");
  std::vector<DenseLayer> layers = LayerFinder(model, graph).find(out.id);
  return {std::move(model), std::move(output), std::move(layers), out.shape()[1]};
}

SweepSpec layer_values(const DenseNetwork& network) {
  SweepSpec spec;
  for (const DenseLayer& l : network.layers) spec.fetch.push_back(l.input);
  spec.derive = [output = network.output, layers = network.layers](Graph& graph) {
    std::vector<Var> pre;
    for (const DenseLayer& l : layers) pre.push_back(graph[l.pre]);
    const Var out = graph[output];
    std::vector<Var> values = vjp({out}, {one_hot_seeds(out)}, pre);
    values.insert(values.end(), pre.begin(), pre.end());
    return values;
  };
  return spec;
}

Matrix augmented_activations(const DenseNetwork& network, const Chunk& chunk, std::size_t layer) {
  const DenseLayer& l = network.layers[layer];
  if (l.bias.empty()) return chunk.table(layer);
  Matrix f({chunk.rows, l.inputs()}, 1.0);
  for (std::int64_t row = 0; row < chunk.rows; ++row)
    std::copy_n(chunk.values[layer].begin() + row * l.d_in, l.d_in, f.row(row).begin());
  return f;
}

Matrix output_gradients(const DenseNetwork& network, const Chunk& chunk, std::size_t layer) {
  const std::int64_t k = network.outputs, d = network.layers[layer].d_out;
  const std::span<const double> from = chunk.values[network.layers.size() + layer];
  Matrix B({chunk.rows * k, d});
  for (std::int64_t out = 0; out < k; ++out)
    for (std::int64_t row = 0; row < chunk.rows; ++row)
      std::copy_n(from.begin() + (out * chunk.rows + row) * d, d, B.row(row * k + out).begin());
  return B;
}

}  // namespace basin::interp
