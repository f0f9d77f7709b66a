#include "experiments/claims/basis_claims.h"

#include <algorithm>
#include <cmath>

#include "core/lapack.h"
#include "core/matrix.h"
#include "core/statistics.h"
#include "interp/layers/plain_loops.h"
#include "nn/data/registry.h"
#include "nn/supervised.h"
#include "nn/train.h"

namespace basin::experiments {

using interp::Basis;
using interp::BasisKind;
using interp::FoldedModel;
using interp::plain_nodes;
using interp::ReluNet;

nn::Plan invariant_plan() {
  return {.hidden = {nn::with({.size = 4, .readers = 2}, nn::blocks({3, 1})), nn::blocks({2, 1, 1})}, .input_rank = 3};
}

ClaimNet random_claim_net(const std::vector<std::int64_t>& widths, Rng& rng) {
  ClaimNet net{.net = {}, .x = normal_matrix(80, widths.front(), rng)};
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    net.net.weights.push_back(normal_matrix(widths[l + 1], widths[l], rng));
    const Matrix bias = normal_matrix(1, widths[l + 1], rng);
    net.net.biases.push_back(bias.data);
  }
  return net;
}

ClaimNet trained_claim_net(std::uint64_t seed) {
  const nn::Split data = nn::load_data("digits", {});
  const nn::MlpSpec spec{.widths = {64, 14, 10, 10}};
  nn::TrainSpec how{.epochs = 5, .seed = seed};
  how.schedule.rate = 3e-3;
  nn::Trainer<float> trainer(nn::mlp(spec, nn::loss_of(data.train)), how, nn::inputs_of(data.train));
  trainer.run_to(how.epochs);
  const interp::ModelPoint point{trainer.model(), cast<double>(trainer.parameters())};
  return {.net = interp::relu_net(interp::dense_network(point, "layers.2.pre")),
          .x = nn::analysis_inputs(data.train, 300)};
}

ClaimNet planted_modules(Rng& rng) {
  constexpr std::int64_t drawn = 40, width = planted_width, module_width = width / 2;
  ClaimNet net{.net = {}, .x = Matrix({drawn * drawn, width})};
  const Matrix inputs = normal_matrix(drawn, width, rng);
  for (std::int64_t s = 0; s < net.x.rows(); ++s)
    for (std::int64_t i = 0; i < width; ++i) net.x(s, i) = inputs(i < module_width ? s / drawn : s % drawn, i);
  for (int l = 0; l < 3; ++l) {
    Matrix& w = net.net.weights.emplace_back(Shape{width, width});
    for (std::int64_t i = 0; i < width; ++i)
      for (std::int64_t j = 0; j < width; ++j)
        if (i / module_width == j / module_width) w(i, j) = rng.normal() / 2;
    net.net.biases.push_back(normal_matrix(1, width, rng, 0.3).data);
  }
  return net;
}

std::vector<Matrix> planted_rotations(Rng& rng) {
  std::vector<Matrix> all;
  for (int l = 0; l < 3; ++l) orthonormalise(all.emplace_back(normal_matrix(planted_width, planted_width, rng)));
  return all;
}

FoldedModel folded(const ReluNet& net, std::vector<Matrix> coordinates) {
  interp::DenseNetwork network = interp::dense_network(net);
  std::vector<interp::NodeLayer> layers = interp::node_layers(network);
  return {std::move(network.model), std::move(layers), std::move(coordinates)};
}

std::vector<Basis> bases_of(const FoldedModel& model, const Matrix& x, BasisKind kind, bool center) {
  return interp::interaction_bases(
      model, {{"x", x}}, {.kind = kind, .center = center, .truncation = {.threshold = 1e-10, .relative = true}});
}

// f^ f^^T over the samples, which signs of features and rotations among equal ones leave alone.
Matrix kernel(const Matrix& nodes, const Matrix& C) {
  const Matrix f = matmul(nodes, C);
  return matmul(f, f, false, true);
}

double relative_difference(const Matrix& a, const Matrix& b) {
  double worst = 0, largest = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) {
    worst = worse(worst, std::abs(a[i] - b[i]));
    largest = std::max(largest, std::abs(b[i]));
  }
  return worst / largest;
}

// By node layer: how far the features of one network are from those of another.
std::vector<double> changes(const ReluNet& before, const ReluNet& after, const Matrix& x, BasisKind kind) {
  const std::vector<Basis> a = bases_of(folded(before), x, kind), b = bases_of(folded(after), x, kind);
  const std::vector<Matrix> at = plain_nodes(before, x), to = plain_nodes(after, x);
  std::vector<double> all;
  for (std::int64_t l = 0; l < before.layers(); ++l)
    all.push_back(relative_difference(kernel(to[l], b[l].C), kernel(at[l], a[l].C)));
  return all;
}

}  // namespace basin::experiments
