// A fully connected ReLU or linear network as numbers, wherever it comes from: what the exact counts of docs/theory.md
// §2 and §3 are about. A ReLU follows each dense layer but the last, or none does.
#pragma once
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "core/safetensors.h"
#include "interp/layers/dense_network.h"

namespace basin::interp {

enum class Layout { out_in, in_out };  // of a weight in a file: PyTorch's, or its transpose

// What a file does not say by itself and was taken, or found, when it was read.
struct NetReading {
  Layout layout = Layout::out_in;
  bool layout_proved = true;          // by shapes: the other layout does not fit
  std::string order = "from memory";  // of the layers: "one layer", "given", "by numbers", "by shapes"
};

struct ReluNet {
  std::vector<Matrix> weights;              // [out, in], PyTorch's layout
  std::vector<std::vector<double>> biases;  // [out], or no numbers: a layer without bias
  bool linear = false;                      // no ReLU anywhere: each hidden neuron counts as firing on every sample
  std::vector<std::string> names{};         // of the layers, in the file's spelling; or none: layers.0, …
  NetReading reading{};

  std::int64_t layers() const { return std::int64_t(weights.size()); }
  bool has_bias(std::int64_t layer) const { return !biases[layer].empty(); }
  std::int64_t inputs(std::int64_t layer) const { return weights[layer].cols() + has_bias(layer); }  // d~: of W~^l
  std::int64_t parameters(std::int64_t layer) const { return weights[layer].rows() * inputs(layer); }
  std::vector<std::int64_t> widths() const;  // inputs, hidden layers…, outputs
  std::int64_t parameters() const;           // N
  // DataError, its text beginning with `where`, unless there is a layer, shapes chain, and all numbers are finite.
  void validate(const std::string& where) const;
};

struct NetFileOptions {
  std::string activation{};           // relu or linear; empty: what the metadata say under that name, or else relu
  std::vector<std::string> layers{};  // names without .weight, in the order of the layers; empty: see below
  Layout layout = Layout::out_in;     // of all weights
};

// The tensors of a file with PyTorch's names: `layers.0.weight` `layers.0.bias` …, or any other prefixes. The order of
// the layers is the one given, or else that of the numbers in their names (interp/layers/layer_order.h), or else the
// only one in which shapes chain. DataError for what is no such network: other tensors, a weight that is not a matrix,
// shapes that do not chain, an order that nothing decides, NaN, another activation, or one that contradicts the
// metadata. UsageError if `layers` are not those of the file.
ReluNet read_relu_net(const std::string& path, const NetFileOptions& options = {});
ReluNet relu_net_from(const SafeTensors& file, const std::string& where, const NetFileOptions& options = {});

const char* name_of(Layout layout);  // "out-in", "in-out"
// What was taken where the file fits both layouts, in one sentence; empty if there was no choice.
std::string reading_note(const ReluNet& net);

// The network that a traced graph computes, whatever its values are called: dense layers one behind the other, between
// them a ReLU each, or nothing. UsageError naming the value and op that do not fit; errors of validate.
ReluNet relu_net(const DenseNetwork& network);

// Samples by rows, [n, d]: from .npy, .npz (its array `x`, or its only one) or .csv (every column). Axes behind the
// first are flattened; only the first `most` samples are given. DataError for other endings, fewer than two axes, no
// samples, NaN.
Matrix read_inputs(const std::string& path, std::int64_t most = std::numeric_limits<std::int64_t>::max());
// The same with all its axes.
Tensor<double> read_samples(const std::string& path, std::int64_t most = std::numeric_limits<std::int64_t>::max());

// The same rows as the input `name` of sweeps, flattened or not; those of .npy and .safetensors (its tensor `x`, or its
// only one) stay in their file, and NaN is found when it is read.
Inputs inputs_in_file(const std::string& name, const std::string& path, bool flat,
                      std::int64_t most = std::numeric_limits<std::int64_t>::max());

std::int64_t columns_of(const Inputs& inputs, const std::string& name);  // of a flat one

// DataError naming both files unless x has as many columns as the network has inputs.
void require_inputs(const ReluNet& net, const std::string& weights_file, std::int64_t columns,
                    const std::string& inputs_file);

// The network as a model: input "x" [rows, d_0], parameters and values as autodiff/dense_chain.h names them; its output
// is layers.{L-1}.pre [rows, k].
Model model_of(const ReluNet& net);
// The same with its numbers, for sweeps; parameters in the order weight, bias, weight, …; or with another activation
// between the layers.
using Activate = std::function<Var(Var)>;
DenseNetwork dense_network(const ReluNet& net, const Activate& activate = {});

// What it computes for samples x [n, d_0]: [n, k].
Matrix outputs(const ReluNet& net, const Matrix& x);
// What enters each dense layer, without its constant, and last the outputs: [n, d_l].
std::vector<Matrix> activations(const ReluNet& net, const Matrix& x);

// A .safetensors file that read_relu_net gives back. StorageError if it cannot be written.
void write_relu_net(const std::string& path, const ReluNet& net);

// The network with its parameters moved by `step` times a direction [N] of its flat parameter vector, as dense_network
// has it: by layer, the weight [in, out], then the bias. ShapeError for another length.
ReluNet moved(ReluNet net, std::span<const double> direction, double step);

std::string layer_name(std::int64_t layer);                      // "layers.0"
std::string layer_name(const ReluNet& net, std::int64_t layer);  // the file's own if there is one

// W~^l [d_{l+1}, d~_l] for inputs less `center`: the bias is b + W center, right to rounding whatever cancels in it.
Matrix centered_weight(const ReluNet& net, std::int64_t layer, const std::vector<double>& center = {});

}  // namespace basin::interp
