#include "interp/layers/relu_net.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "autodiff/dense_chain.h"
#include "autodiff/ops.h"
#include "core/exact_dot.h"
#include "core/lapack.h"

namespace basin::interp {
namespace {

void require(bool good, const std::string& where, const std::string& what) {
  if (!good) throw DataError(where + ": " + what);
}

bool all_finite(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

}  // namespace

std::string layer_name(std::int64_t layer) { return "layers." + std::to_string(layer); }

std::string layer_name(const ReluNet& net, std::int64_t layer) {
  const bool named = layer < std::int64_t(net.names.size()) && !net.names[layer].empty();
  return named ? net.names[layer] : layer_name(layer);
}

std::vector<std::int64_t> ReluNet::widths() const {
  std::vector<std::int64_t> out{weights.front().cols()};
  for (const Matrix& w : weights) out.push_back(w.rows());
  return out;
}

std::int64_t ReluNet::parameters() const {
  std::int64_t n = 0;
  for (std::int64_t l = 0; l < layers(); ++l) n += parameters(l);
  return n;
}

void ReluNet::validate(const std::string& where) const {
  require(!weights.empty(), where, "a network without layers given; wanted one dense layer or more");
  require(weights.size() == biases.size(), where,
          fmt::format("{} weights and {} biases given; wanted as many of each", weights.size(), biases.size()));
  require(names.empty() || names.size() == weights.size(), where,
          fmt::format("{} names of {} layers given; wanted as many, or none", names.size(), weights.size()));
  for (std::size_t l = 0; l < weights.size(); ++l) {
    const Matrix& w = weights[l];
    const std::string layer = layer_name(*this, std::int64_t(l));
    require(w.shape.rank() == 2 && w.size() > 0, where,
            fmt::format("the weight of {} has shape {}; wanted [out, in]", layer, w.shape.str()));
    require(biases[l].empty() || std::int64_t(biases[l].size()) == w.rows(), where,
            fmt::format("the bias of {} has {} numbers for a weight {}; wanted {}, or none", layer, biases[l].size(),
                        w.shape.str(), w.rows()));
    require(l == 0 || w.cols() == weights[l - 1].rows(), where,
            fmt::format("the weight of {} is {} behind one of {}; wanted {} columns", layer, w.shape.str(),
                        weights[l - (l > 0)].shape.str(), weights[l - (l > 0)].rows()));
    require(all_finite(w.data) && all_finite(biases[l]), where, fmt::format("{} holds NaN or Inf", layer));
  }
}

namespace {

Model model_with(const ReluNet& net, const Activate& activate) {
  DenseChain chain{.widths = net.widths(), .biases = {}, .activate = activate};
  for (std::int64_t l = 0; l < net.layers(); ++l) chain.biases.push_back(net.has_bias(l));
  return {[chain](Graph& graph, std::int64_t rows) {
    return Ends{trace_dense(graph.input("x", {rows, chain.widths.front()}), chain), {}};
  }};
}

}  // namespace

Model model_of(const ReluNet& net) {
  return model_with(net, [linear = net.linear](Var v) { return linear ? v : relu(v); });
}

DenseNetwork dense_network(const ReluNet& net, const Activate& activate) {
  std::vector<NamedTensor> parameters;
  for (std::int64_t l = 0; l < net.layers(); ++l) {
    parameters.push_back({layer_name(l) + ".weight", transpose(net.weights[l])});
    if (net.has_bias(l)) parameters.push_back({layer_name(l) + ".bias", {{net.weights[l].rows()}, net.biases[l]}});
  }
  return dense_network({activate ? model_with(net, activate) : model_of(net), parameters_from(parameters)},
                       layer_name(net.layers() - 1) + ".pre");
}

namespace {

// What dense layer l makes of its inputs [n, d_l].
Matrix through_layer(const ReluNet& net, std::int64_t l, const Matrix& inputs) {
  Matrix values = matmul(inputs, net.weights[l], false, true);
  const bool hidden = l + 1 < net.layers();
  for (std::int64_t row = 0; row < values.rows(); ++row)
    for (std::int64_t i = 0; i < values.cols(); ++i) {
      double& value = values(row, i);
      if (net.has_bias(l)) value += net.biases[l][i];
      if (hidden && !net.linear) value = std::max(0.0, value);
    }
  return values;
}

}  // namespace

Matrix outputs(const ReluNet& net, const Matrix& x) {
  Matrix values = x;
  for (std::int64_t l = 0; l < net.layers(); ++l) values = through_layer(net, l, values);
  return values;
}

std::vector<Matrix> activations(const ReluNet& net, const Matrix& x) {
  std::vector<Matrix> all{x};
  for (std::int64_t l = 0; l < net.layers(); ++l) all.push_back(through_layer(net, l, all.back()));
  return all;
}

ReluNet moved(ReluNet net, std::span<const double> direction, double step) {
  if (std::ssize(direction) != net.parameters())
    throw ShapeError(fmt::format("moved: a direction of {} numbers given; wanted one for each of {} parameters",
                                 direction.size(), net.parameters()));
  auto d = direction.begin();
  for (std::int64_t l = 0; l < net.layers(); ++l) {
    Matrix& w = net.weights[l];
    for (std::int64_t j = 0; j < w.cols(); ++j)
      for (std::int64_t i = 0; i < w.rows(); ++i) w(i, j) += step * *d++;
    for (double& b : net.biases[l]) b += step * *d++;
  }
  return net;
}

Matrix centered_weight(const ReluNet& net, std::int64_t layer, const std::vector<double>& center) {
  const Matrix& w = net.weights[layer];
  Matrix out({w.rows(), net.inputs(layer)});
  for (std::int64_t i = 0; i < w.rows(); ++i) {
    std::ranges::copy(w.row(i), out.row(i).begin());
    if (!net.has_bias(layer)) continue;
    const double bias = net.biases[layer][i];
    out(i, w.cols()) = center.empty() ? bias : exact_dot(w.row(i), center, bias);
  }
  return out;
}

}  // namespace basin::interp
