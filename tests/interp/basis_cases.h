// Networks and helpers for tests of interaction bases and edges.
#pragma once
#include <algorithm>
#include <cmath>

#include "autodiff/dense_chain.h"
#include "autodiff/ops.h"
#include "core/lapack.h"
#include "core/rng.h"
#include "interp/basis/folded.h"

namespace basin::interp {

// Dense layers with this activation between them, named as autodiff/dense_chain.h does; weights [in + 1, out], the
// last row is the bias.
inline DenseNetwork network_of(const std::vector<Matrix>& folded, std::function<Var(Var)> activation) {
  DenseChain chain{.widths = {folded.front().rows() - 1},
                   .biases = std::vector<bool>(folded.size(), true),
                   .activate = std::move(activation)};
  for (const Matrix& w : folded) chain.widths.push_back(w.cols());
  ModelPoint point;
  const std::int64_t in = chain.widths.front();
  point.trace = [chain, in](Graph& graph, std::int64_t rows) {
    return Ends{trace_dense(graph.input("x", {rows, in}), chain), {}};
  };
  Graph graph;
  point.trace(graph, 1);
  point.parameters = Parameters<double>(graph.parameters());
  for (std::size_t l = 0; l < folded.size(); ++l) {
    const std::string name = "layers." + std::to_string(l);
    const Matrix& w = folded[l];
    const auto bias = w.data.end() - w.cols();
    std::copy(w.data.begin(), bias, point.parameters[name + ".weight"].begin());
    std::copy(bias, w.data.end(), point.parameters[name + ".bias"].begin());
  }
  return dense_network(std::move(point), "layers." + std::to_string(folded.size() - 1) + ".pre");
}

inline FoldedModel folded_model(const DenseNetwork& network) { return {network.model, node_layers(network)}; }

inline std::vector<Matrix> random_layers(const std::vector<std::int64_t>& widths, std::uint64_t seed,
                                         double bias = 0.5) {
  Rng rng(seed, "test/basis");
  std::vector<Matrix> layers;
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    Matrix& w = layers.emplace_back(Shape{widths[l] + 1, widths[l + 1]});
    rng.fill_normal(std::span<double>(w.data), 1.4 / std::sqrt(double(widths[l])));
    rng.fill_normal(std::span(w.data).last(widths[l + 1]), bias);
  }
  return layers;
}

inline Matrix normal_rows(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
  Matrix x({rows, cols});
  Rng(seed, "test/x").fill_normal(std::span<double>(x.data));
  return x;
}

inline FoldedModel random_model(const std::vector<std::int64_t>& widths, std::uint64_t seed, Var (*act)(Var) = relu) {
  return folded_model(network_of(random_layers(widths, seed), act));
}

// The largest difference over the largest entry of b.
inline double off(const Matrix& a, const Matrix& b) {
  REQUIRE(a.shape == b.shape);
  double worst = 0, largest = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) {
    worst = std::max(worst, std::abs(a[i] - b[i]));
    largest = std::max(largest, std::abs(b[i]));
  }
  return largest > 0 ? worst / largest : worst;
}

}  // namespace basin::interp
