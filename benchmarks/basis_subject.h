// What bench_basis measures on: a relu network 784-100-100-10 and rows of pixels. Without files both are random, with
// about the statistics of MNIST: four of five pixels 0, some always, the rest driven by a few directions.
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "autodiff/dense_chain.h"
#include "autodiff/ops.h"
#include "core/error.h"
#include "core/lapack.h"
#include "core/npz.h"
#include "core/rng.h"
#include "interp/basis/folded.h"
#include "nn/data/registry.h"

namespace basin::benchmarks {

inline const std::vector<std::int64_t> basis_widths{784, 100, 100, 10};

struct BasisLayer {
  Matrix weight;             // [in, out]
  std::vector<double> bias;  // [out]
};

// layer{l}_W [in, out] and layer{l}_b [out] of an .npz file; DataError if one is missing or does not fit.
inline std::vector<BasisLayer> stored_layers(const std::string& path) {
  const auto arrays = read_npz(path);
  std::vector<BasisLayer> layers;
  for (std::size_t l = 0; l + 1 < basis_widths.size(); ++l) {
    const std::string weight = fmt::format("layer{}_W", l), bias = fmt::format("layer{}_b", l);
    const Shape wanted{basis_widths[l], basis_widths[l + 1]};
    if (!arrays.contains(weight) || !(arrays.at(weight).shape == wanted) || !arrays.contains(bias) ||
        !(arrays.at(bias).shape == Shape{wanted[1]}))
      throw DataError(fmt::format("{}: wanted {} {} and {} [{}]", path, weight, wanted.str(), bias, wanted[1]));
    layers.push_back({arrays.at(weight), arrays.at(bias).data});
  }
  return layers;
}

inline std::vector<BasisLayer> random_layers() {
  std::vector<BasisLayer> layers;
  Rng rng(0, "bench/weights");
  for (std::size_t l = 0; l + 1 < basis_widths.size(); ++l) {
    BasisLayer& layer = layers.emplace_back(Matrix({basis_widths[l], basis_widths[l + 1]}),
                                            std::vector<double>(std::size_t(basis_widths[l + 1])));
    rng.fill_normal(std::span(layer.weight.data), std::sqrt(2.0 / double(basis_widths[l])));
    rng.fill_normal(std::span(layer.bias), 0.1);
  }
  return layers;
}

// Rows [n, 784] of floats in [0, 1]: 40 normal factors through fixed loadings, less a threshold, with a border that
// stays 0.
inline Tensor<double> random_pixels(std::int64_t n, std::string_view stream) {
  constexpr std::int64_t factors = 40, pixels = 784, border = 67;
  Matrix loadings({factors, pixels}), scores({n, factors});
  Rng(0, "bench/loadings").fill_normal(std::span(loadings.data), 1 / std::sqrt(double(factors)));
  Rng(0, stream).fill_normal(std::span(scores.data));
  Matrix x = matmul(scores, loadings);
  for (std::int64_t i = 0; i < x.size(); ++i)
    x[i] = i % pixels < border ? 0 : float(std::round(255 * std::clamp(x[i] - 0.8, 0.0, 1.0)) / 255);
  return x;
}

inline interp::ModelPoint basis_model(const std::vector<BasisLayer>& layers) {
  interp::ModelPoint point;
  const DenseChain chain{.widths = basis_widths, .biases = std::vector<bool>(layers.size(), true), .activate = relu};
  point.trace = [chain](Graph& graph, std::int64_t rows) {
    return Ends{trace_dense(graph.input("x", {rows, chain.widths.front()}), chain), {}};
  };
  std::vector<interp::NamedTensor> tensors;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const std::string name = fmt::format("layers.{}.", l);
    tensors.push_back({name + "weight", layers[l].weight});
    tensors.push_back({name + "bias", {{std::ssize(layers[l].bias)}, layers[l].bias}});
  }
  point.parameters = interp::parameters_from(tensors);
  return point;
}

// The class with the largest output for each row: what a random network is taken to be right about.
inline Tensor<double> own_labels(const interp::ModelPoint& model, const Inputs& inputs) {
  Tensor<double> labels({rows_of(inputs, "labels")});
  interp::sweep(model, inputs, {.fetch = {"layers.2.pre"}}, {}, [&](const interp::Chunk& chunk) {
    const Matrix out = chunk.table(0);
    for (std::int64_t i = 0; i < out.rows(); ++i)
      labels[chunk.first + i] = double(std::ranges::max_element(out.row(i)) - out.row(i).begin());
  });
  return labels;
}

struct BasisSubject {
  std::vector<BasisLayer> layers;
  interp::FoldedModel model;
  Inputs train, test;
  Tensor<double> labels;  // of test, which may be empty
};

// An empty path: random.
inline BasisSubject basis_subject(const std::string& weights, const std::filesystem::path& data_dir, std::int64_t rows,
                                  std::int64_t test_rows) {
  const std::vector<BasisLayer> layers = weights.empty() ? random_layers() : stored_layers(weights);
  const interp::ModelPoint model = basis_model(layers);
  BasisSubject subject{layers, {model, node_layers(interp::dense_network(model, "layers.2.pre"))}, {}, {}, {}};
  if (data_dir.empty()) {
    subject.train["x"] = random_pixels(rows, "bench/train");
    if (test_rows == 0) return subject;
    subject.test["x"] = random_pixels(test_rows, "bench/test");
    subject.labels = own_labels(model, subject.test);
    return subject;
  }
  nn::DataOptions options;
  options.data_dir = data_dir;
  const nn::Split split = nn::load_data("mnist", options);
  const auto first = [](const Tensor<float>& all, std::int64_t n) {
    Shape shape = all.shape;
    shape[0] = std::min(n, shape[0]);
    return Tensor<double>(shape, {all.data.begin(), all.data.begin() + shape.numel()});
  };
  subject.train["x"] = first(split.train.x, rows);
  subject.test["x"] = first(split.test.x, test_rows);
  subject.labels = first(split.test.y, test_rows);
  return subject;
}

}  // namespace basin::benchmarks
