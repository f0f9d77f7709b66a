// A fully connected ReLU network as numbers, wherever it comes from: what the exact counts of docs/theory.md §2 and §3
// are about. Layers are dense with biases, a ReLU follows each but the last.
#pragma once
#include <string>
#include <vector>

#include "core/safetensors.h"
#include "interp/dense_network.h"

namespace basin::interp {

struct ReluNet {
  std::vector<Matrix> weights;              // [out, in], PyTorch's layout
  std::vector<std::vector<double>> biases;  // [out]

  std::int64_t layers() const { return std::int64_t(weights.size()); }
  std::vector<std::int64_t> widths() const;  // inputs, hidden layers…, outputs
  std::int64_t parameters() const;           // N
  // DataError, its text beginning with `where`, unless there is a layer, shapes chain, and all numbers are finite.
  void validate(const std::string& where) const;
};

// The tensors of a file with PyTorch's names: `layers.0.weight` `layers.0.bias` …, or any other prefixes, whose natural
// order (2 before 10) is then the order of the layers: `0.weight` `2.weight`, `fc1.weight` `fc2.weight`. DataError for
// what is no such network: other tensors, a weight that is not a matrix, a missing bias, shapes that do not chain, NaN,
// metadata that names another activation than relu.
ReluNet read_relu_net(const std::string& path);
ReluNet relu_net_from(const SafeTensors& file, const std::string& where);

// Samples by rows, [n, d]: from .npy, .npz (its array `x`, or its only one) or .csv (every column). Axes behind the
// first are flattened. DataError for other endings, fewer than two axes, no samples, NaN.
Matrix read_inputs(const std::string& path);

// The network in the graph, for any number of rows: input "x" [rows, d_0], parameters layers.{l}.weight [in, out] and
// layers.{l}.bias, values layers.{l}.pre and layers.{l}.post. Returns the output, layers.{L-1}.pre [rows, k].
Var trace(const ReluNet& net, Graph& graph, std::int64_t rows);
// The same with its numbers, for sweeps; parameters in the order weight, bias, weight, …
DenseNetwork dense_network(const ReluNet& net);

std::string layer_name(std::int64_t layer);  // "layers.0"

}  // namespace basin::interp
