#include "interp/layers/full_tables.h"

#include <algorithm>

namespace basin::interp {

std::vector<FullTable> full_tables(const DenseNetwork& network, const Inputs& inputs, const SweepOptions& options) {
  const std::int64_t n = plan_sweep(inputs, options).samples, k = network.outputs;
  const std::size_t layers = network.layers.size();
  std::vector<FullTable> tables;
  for (const DenseLayer& l : network.layers)
    tables.push_back({Matrix({n, l.inputs()}), Matrix({n * k, l.d_out}), Matrix({n, l.d_out})});
  sweep(network.model, inputs, layer_values(network), options, [&](const Chunk& chunk) {
    for (std::size_t l = 0; l < layers; ++l) {
      std::ranges::copy(augmented_activations(network, chunk, l).data, tables[l].F.row(chunk.first).begin());
      std::ranges::copy(output_gradients(network, chunk, l).data, tables[l].B.row(chunk.first * k).begin());
      std::ranges::copy(chunk.values[2 * layers + l], tables[l].pre.row(chunk.first).begin());
    }
  });
  return tables;
}

}  // namespace basin::interp
