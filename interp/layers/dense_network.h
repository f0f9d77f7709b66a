// A network whose parameters all enter through dense layers p = W f + b, whatever lies between the layers: what the
// factored formulas of docs/theory.md §2 are about. Layers are read off the graph, not off names.
#pragma once
#include "interp/sweep/sweep.h"

namespace basin::interp {

// pre = dense(input, weight, bias), by name. Weight is [d_in, d_out].
struct DenseLayer {
  std::string input, pre, weight, bias;  // no bias: empty
  std::int64_t d_in = 0, d_out = 0;
  std::int64_t weight_offset = 0, bias_offset = 0;  // in the flat parameter vector

  std::int64_t inputs() const { return d_in + (bias.empty() ? 0 : 1); }  // d~: with the constant activation
  std::int64_t parameters() const { return inputs() * d_out; }
};

struct DenseNetwork {
  ModelPoint model;
  std::string output;              // a named value [rows, k]
  std::vector<DenseLayer> layers;  // in order of computation
  std::int64_t outputs = 0;        // k
};

// Finds the layers. NameError if `output`, a layer's input or its pre-activation has no name; UsageError if there are
// no parameters, if one is used otherwise than as the weight or bias of exactly one dense layer, or if values have
// other axes than [rows, features].
DenseNetwork dense_network(ModelPoint model, std::string output);

// Fetches, for each layer l: f^l [rows, d_in] as value l, and B^{l+1} = d output / d pre [k, rows, d_out] as value
// layers + l; then the pre-activations [rows, d_out] as value 2 layers + l.
SweepSpec layer_values(const DenseNetwork& network);

// f~ = (f, 1) for value l of layer_values: [rows, inputs()]; without bias just f.
Matrix augmented_activations(const DenseNetwork& network, const Chunk& chunk, std::size_t layer);
// B^{l+1} with the rows sample by sample, the outputs of a sample together: [rows k, d_out].
Matrix output_gradients(const DenseNetwork& network, const Chunk& chunk, std::size_t layer);

}  // namespace basin::interp
