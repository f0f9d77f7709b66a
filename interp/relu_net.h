// A fully connected ReLU or linear network as numbers, wherever it comes from: what the exact counts of docs/theory.md
// §2 and §3 are about. A ReLU follows each dense layer but the last, or none does.
#pragma once
#include <string>
#include <vector>

#include "core/safetensors.h"
#include "interp/dense_network.h"

namespace basin::interp {

struct ReluNet {
  std::vector<Matrix> weights;              // [out, in], PyTorch's layout
  std::vector<std::vector<double>> biases;  // [out], or no numbers: a layer without bias
  bool linear = false;                      // no ReLU anywhere: each hidden neuron counts as firing on every sample

  std::int64_t layers() const { return std::int64_t(weights.size()); }
  bool has_bias(std::int64_t layer) const { return !biases[layer].empty(); }
  std::int64_t inputs(std::int64_t layer) const { return weights[layer].cols() + has_bias(layer); }  // d~: of W~^l
  std::int64_t parameters(std::int64_t layer) const { return weights[layer].rows() * inputs(layer); }
  std::vector<std::int64_t> widths() const;  // inputs, hidden layers…, outputs
  std::int64_t parameters() const;           // N
  // DataError, its text beginning with `where`, unless there is a layer, shapes chain, and all numbers are finite.
  void validate(const std::string& where) const;
};

// The tensors of a file with PyTorch's names: `layers.0.weight` `layers.0.bias` …, or any other prefixes, whose natural
// order (2 before 10) is then the order of the layers: `0.weight` `2.weight`, `fc1.weight` `fc2.weight`. `activation`
// is relu or linear; if empty, what the file's metadata say under that name, or else relu. DataError for what is no
// such network: other tensors, a weight that is not a matrix, shapes that do not chain, NaN, another activation, or one
// that contradicts the metadata.
ReluNet read_relu_net(const std::string& path, const std::string& activation = "");
ReluNet relu_net_from(const SafeTensors& file, const std::string& where, const std::string& activation = "");

// The network that a traced graph computes, whatever its values are called: dense layers one behind the other, between
// them a ReLU each, or nothing. UsageError naming the value and op that do not fit; errors of validate.
ReluNet relu_net(const DenseNetwork& network);

// Samples by rows, [n, d]: from .npy, .npz (its array `x`, or its only one) or .csv (every column). Axes behind the
// first are flattened. DataError for other endings, fewer than two axes, no samples, NaN.
Matrix read_inputs(const std::string& path);
Tensor<double> read_samples(const std::string& path);  // the same with all its axes

// The network in the graph, for any number of rows: input "x" [rows, d_0], parameters layers.{l}.weight [in, out] and
// layers.{l}.bias (where there is one), values layers.{l}.pre and layers.{l}.post (linear: no .post). Returns the
// output, layers.{L-1}.pre [rows, k].
Var trace(const ReluNet& net, Graph& graph, std::int64_t rows);
// The same with its numbers, for sweeps; parameters in the order weight, bias, weight, …
DenseNetwork dense_network(const ReluNet& net);

std::string layer_name(std::int64_t layer);  // "layers.0"

}  // namespace basin::interp
