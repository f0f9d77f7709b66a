// Small networks with random numbers, for the tests of the analyses.
#pragma once
#include <cmath>

#include "autodiff/ops.h"
#include "core/rng.h"
#include "interp/layers/dense_network.h"
#include "tests/largest_difference.h"

namespace basin::interp {

inline Matrix random_matrix(std::int64_t rows, std::int64_t cols, const char* stream) {
  Matrix m({rows, cols});
  Rng(7, stream).fill_normal(std::span(m.data));
  return m;
}

enum class Kind { relu, tanh, linear };

// layers.0.pre, layers.0.post, … like an MLP; the last pre-activation is also named "out". The input is "x".
inline ModelPoint small_model(const std::vector<std::int64_t>& widths, Kind kind, bool bias = true) {
  std::vector<NamedTensor> parameters;
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    const std::string prefix = "layers." + std::to_string(l) + ".";
    Matrix weight = random_matrix(widths[l], widths[l + 1], prefix.c_str());
    for (double& w : weight.data) w /= std::sqrt(double(widths[l]));
    parameters.push_back({prefix + "weight", weight});
    if (bias) parameters.push_back({prefix + "bias", {{widths[l + 1]}, std::vector<double>(widths[l + 1], 0.1)}});
  }
  const auto trace = [=](Graph& graph, std::int64_t rows) {
    Var x = graph.input("x", {rows, widths[0]});
    for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
      const std::string prefix = "layers." + std::to_string(l) + ".";
      const Var weight = graph.input(prefix + "weight", {widths[l], widths[l + 1]});
      x = graph.name(dense(x, weight, bias ? graph.input(prefix + "bias", {widths[l + 1]}) : Var()), prefix + "pre");
      if (l + 2 == widths.size()) break;
      if (kind == Kind::linear) continue;
      x = graph.name(kind == Kind::relu ? relu(x) : tanh(x), prefix + "post");
    }
    return Ends{graph.name(x, "out"), {}};
  };
  return {{trace}, parameters_from(parameters)};
}

inline DenseNetwork small_network(const std::vector<std::int64_t>& widths, Kind kind, bool bias = true) {
  return dense_network(small_model(widths, kind, bias), "out");
}

}  // namespace basin::interp
