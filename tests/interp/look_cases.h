// Small models that looks are tested on, and their metric computed the plain way: a forward pass, an array changed by
// hand, and the rest of the model run on from there.
#pragma once
#include <doctest/doctest.h>

#include <functional>
#include <vector>

#include "autodiff/runner.h"
#include "core/rng.h"
#include "interp/look/patching.h"
#include "nn/supervised.h"
#include "nn/transformer.h"

namespace basin::interp {

inline ModelPoint started(const Model& model, std::uint64_t seed) {
  ModelPoint point{model};
  point.parameters = Parameters<double>(parameters_of(model));
  point.parameters.start(seed);
  for (const auto& s : point.parameters.slices())
    if (s.shape.rank() < 3 && s.name.find("b") != s.name.npos)
      Rng(seed, "bias/" + s.name).fill_normal(point.parameters[s.name], 0.3);
  return point;
}

// Two blocks, four positions, five tokens.
inline ModelPoint two_blocks(bool last_position = true, nn::LayerNorm norm = nn::LayerNorm::full) {
  return started(nn::transformer({.n_layers = 2,
                                  .d_model = 6,
                                  .n_heads = 2,
                                  .d_head = 3,
                                  .d_mlp = 7,
                                  .d_vocab = 5,
                                  .d_vocab_out = 5,
                                  .n_ctx = 4,
                                  .layer_norm = norm,
                                  .last_position = last_position}),
                 3);
}

inline Inputs some_tokens(std::int64_t rows, std::uint64_t seed, bool last_position = true) {
  Rng rng(seed, "tokens");
  Inputs data{{"tokens", Tensor<double>({rows, 4})},
              {"t", Tensor<double>(last_position ? Shape{rows} : Shape{rows, 4})}};
  for (auto& [name, numbers] : data)
    for (double& x : numbers.data) x = double(rng.below(5));
  return data;
}

inline ModelPoint small_mlp() {
  return started(nn::mlp({.widths = {4, 6, 5, 3}, .activation = nn::Activation::relu}, nn::Loss::cross_entropy), 5);
}

inline Inputs some_rows(std::int64_t rows, std::uint64_t seed) {
  Rng rng(seed, "rows");
  Inputs data{{"x", Tensor<double>({rows, 4})}, {"t", Tensor<double>({rows})}};
  rng.fill_normal(data["x"].data);
  for (double& x : data["t"].data) x = double(rng.below(3));
  return data;
}

// A value over all rows in one run.
inline Tensor<double> value_of(const ModelPoint& model, const Inputs& data, const std::string& name) {
  Runner<double> runner(model, model.parameters,
                        [&](Graph& graph, const Ends&) { return ProgramSpec{.fetch = {graph[name]}}; });
  return runner.run(data, 0, rows_of(data, "test")).program->copy(name);
}

// Another value, where the first one is what is given.
inline Tensor<double> value_behind(const ModelPoint& model, const Inputs& data, const std::string& name,
                                   const Tensor<double>& given, const std::string& wanted) {
  Graph graph;
  const std::int64_t rows = rows_of(data, "test");
  model.trace(graph, rows);
  Program<double> program(graph, {.fetch = {graph[wanted]}, .feed = {graph[name]}}, model.parameters.bindings(graph));
  for (const auto& [input, numbers] : data)
    if (input != name && program.has(graph[input])) program.feed(input, numbers.data);
  program.feed(name, given.data);
  program.run();
  return program.copy(wanted);
}

inline double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / double(values.size());
}

// The output at the label, for each row.
inline std::vector<double> at_labels(const Tensor<double>& outputs, const Tensor<double>& labels) {
  std::vector<double> picked;
  for (std::int64_t i = 0; i < labels.size(); ++i) picked.push_back(outputs(i, std::int64_t(labels[i])));
  return picked;
}

}  // namespace basin::interp
