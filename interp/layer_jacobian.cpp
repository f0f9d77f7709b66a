#include "interp/layer_jacobian.h"

#include <algorithm>

namespace basin::interp {
namespace {

// Writes f~^l (x) B^{l+1} of a chunk into a table of `stride` columns, from `to` on.
void fill_rows(const DenseNetwork& network, const Chunk& chunk, std::size_t layer, double* to, std::int64_t stride) {
  const Matrix f = augmented_activations(network, chunk, layer), B = output_gradients(network, chunk, layer);
  for (std::int64_t r = 0; r < B.rows(); ++r, to += stride) {
    double* place = to;
    for (const double fj : f.row(r / network.outputs))
      for (const double Bi : B.row(r)) *place++ = fj * Bi;
  }
}

struct Factors {
  std::vector<StreamingQr> qr;

  void merge(const Factors& other) {
    for (std::size_t i = 0; i < qr.size(); ++i) qr[i].merge(other.qr[i]);
  }
};

// Chunks of at most some 32 MB of Jacobian, and so many blocks that their own work outweighs merging them.
SweepOptions for_streaming(SweepOptions options, const DenseNetwork& network, const Inputs& inputs) {
  const std::int64_t numbers = std::int64_t(1) << 22, N = network.model.parameter_count();
  const std::int64_t rows = plan_sweep(inputs, options).samples * network.outputs;
  options.chunk = std::clamp<std::int64_t>(numbers / (network.outputs * N), 1, options.chunk);
  options.blocks = std::clamp<std::int64_t>(rows / (2 * N), 1, 4);
  return options;
}

}  // namespace

std::vector<StreamingQr> layer_jacobian_factors(const DenseNetwork& network, const Inputs& inputs,
                                                const SweepOptions& options) {
  Factors start;
  for (const DenseLayer& layer : network.layers) start.qr.emplace_back(layer.parameters());
  const auto add = [&](Factors& part, const Chunk& chunk) {
    for (std::size_t l = 0; l < network.layers.size(); ++l) {
      Matrix rows({chunk.rows * network.outputs, network.layers[l].parameters()});
      fill_rows(network, chunk, l, rows.data.data(), rows.cols());
      part.qr[l].append(rows);
    }
  };
  return sweep_reduce(network.model, inputs, layer_values(network), for_streaming(options, network, inputs), start, add)
      .qr;
}

StreamingQr jacobian_factor(const DenseNetwork& network, const Inputs& inputs, const SweepOptions& options) {
  const std::int64_t N = network.model.parameter_count();
  const auto add = [&](Factors& part, const Chunk& chunk) {
    Matrix rows({chunk.rows * network.outputs, N});
    std::int64_t column = 0;
    for (std::size_t l = 0; l < network.layers.size(); ++l) {
      fill_rows(network, chunk, l, rows.data.data() + column, N);
      column += network.layers[l].parameters();
    }
    part.qr[0].append(rows);
  };
  return sweep_reduce(network.model, inputs, layer_values(network), for_streaming(options, network, inputs),
                      Factors{{StreamingQr(N)}}, add)
      .qr[0];
}

}  // namespace basin::interp
