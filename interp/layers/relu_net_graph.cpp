#include <optional>

#include "autodiff/op.h"
#include "core/lapack.h"
#include "interp/layers/relu_net.h"

namespace basin::interp {
namespace {

[[noreturn]] void refuse(const Graph& graph, Id id, const std::string& wanted) {
  throw UsageError("relu net: " + graph.describe(id) + " given; wanted " + wanted +
                   "; help: covered are dense layers one behind the other, with a relu between each two, or nothing");
}

// Whether nothing stands between two neighbouring layers; UsageError if something other than a relu does.
bool linear_between(const Graph& graph, const std::string& pre, const std::string& input) {
  const Id from = graph.names().at(pre), to = graph.names().at(input);
  if (from == to) return true;
  const Node& node = graph.node(to);
  if (node.op->name != "relu" || node.in[0] != from) refuse(graph, to, "relu of '" + pre + "', or that value itself");
  return false;
}

bool is_linear(const Graph& graph, const DenseNetwork& network) {
  std::optional<bool> linear;
  for (std::size_t l = 0; l + 1 < network.layers.size(); ++l) {
    const std::string& input = network.layers[l + 1].input;
    const bool here = linear_between(graph, network.layers[l].pre, input);
    if (linear.value_or(here) != here)
      refuse(graph, graph.names().at(input),
             *linear ? "no relu, as between the layers before" : "a relu of it, as between the layers before");
    linear = here;
  }
  return linear.value_or(false);
}

void check_ends(const Graph& graph, const DenseNetwork& network) {
  const Id x = graph.names().at(network.layers.front().input), out = graph.names().at(network.output);
  if (graph.node(x).arity() > 0) refuse(graph, x, "an input of the graph in front of the first layer");
  if (out != graph.names().at(network.layers.back().pre))
    refuse(graph, out, "'" + network.layers.back().pre + "' as the output");
}

}  // namespace

ReluNet relu_net(const DenseNetwork& network) {
  Graph graph;
  network.model.trace(graph, 2);
  check_ends(graph, network);
  ReluNet net{.weights = {}, .biases = {}, .linear = is_linear(graph, network)};
  for (const DenseLayer& layer : network.layers) {
    net.weights.push_back(transpose(network.model.parameters.tensor(layer.weight)));
    net.biases.push_back(layer.bias.empty() ? std::vector<double>{} : network.model.parameters.tensor(layer.bias).data);
  }
  net.validate("relu net");
  return net;
}

}  // namespace basin::interp
