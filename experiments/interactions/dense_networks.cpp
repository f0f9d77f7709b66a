#include <fmt/format.h>

#include "core/names.h"
#include "experiments/interactions/network_kinds.h"
#include "experiments/shared/weights_file.h"
#include "interp/layers/relu_net.h"
#include "nn/mlp.h"

namespace basin::experiments {
namespace {

interp::Activate activation_of(const std::string& name) {
  const nn::Activation a = nn::activation_from(name);
  return [a](Var v) { return nn::activate(v, a); };
}

struct Read {
  interp::ReluNet net;
  std::string activation;
};

Read read_network(const Options& o, const std::string& path) {
  SafeTensors file = read_weights(path);
  const std::string said = file.metadata.contains("activation") ? lower_case(file.metadata["activation"]) : "";
  const std::string& wanted = o.text("activation");
  if (wanted != "auto" && !said.empty() && wanted != said)
    throw UsageError(fmt::format("--activation {} given; {} says '{}'", wanted, path, said));
  file.metadata.erase("activation");
  const auto layout = o.text("layout") == "out-in" ? interp::Layout::out_in : interp::Layout::in_out;
  return {interp::relu_net_from(file, path, {.activation = "relu", .layers = o.words("order"), .layout = layout}),
          wanted != "auto" ? wanted
          : said.empty()   ? "relu"
                           : said};
}

}  // namespace

TrainedNetwork dense_network_from(const std::string& path, const Options& o) {
  o.require_unused({"two-way", "parallel-attention", "last-position", "layer-norm"},
                   fmt::format("it is for transformers, and {} is a dense network", path));
  const Read read = read_network(o, path);
  const interp::DenseNetwork network = interp::dense_network(read.net, activation_of(read.activation));
  TrainedNetwork t{.model = network.model, .input = "x", .values = interp::node_layers(network), .what = path};
  for (std::int64_t l = 0; l < read.net.layers(); ++l) t.values[std::size_t(l)].name = interp::layer_name(read.net, l);
  for (const interp::NodeLayer& layer : t.values) t.layers.push_back(layer.name);
  return t;
}

}  // namespace basin::experiments
