#include "interp/jacobian/model_jacobian.h"

#include <fmt/format.h>

#include <algorithm>

#include "autodiff/transform.h"

namespace basin::interp {
namespace {

std::int64_t numbers_in_a_row(const ModelPoint& model) {
  Graph probe;
  return with_named_output(model).trace(probe, 1).output.shape().numel();
}

// d output / d parameter for each, [k, own shape], in programs of one row.
SweepSpec gradients_of(const ModelPoint& model) {
  std::vector<std::string> names;
  for (const auto& slice : model.parameters.slices()) names.push_back(slice.name);
  return {.derive = [names](Graph& graph) {
    std::vector<Var> parameters;
    for (const std::string& name : names) parameters.push_back(graph[name]);
    const Var output = graph[differentiated];
    return vjp({output}, {one_hot_seeds(output)}, parameters);
  }};
}

SweepOptions one_by_one(SweepOptions options) {
  options.chunk = 1;
  return options;
}

void take(std::span<const double> theta, Sweeper& sweeper) {
  const std::span<double> to = sweeper.parameters().flat();
  if (theta.size() != to.size())
    throw ShapeError(fmt::format("jacobian: {} parameters given; the model has {}", theta.size(), to.size()));
  std::ranges::copy(theta, to.begin());
}

}  // namespace

ModelJacobian::ModelJacobian(const ModelPoint& model, Inputs data, SweepOptions options)
    : data_(std::move(data)),
      samples_(plan_sweep(data_, options).samples),
      outputs_(numbers_in_a_row(model)),
      parameters_(model.parameter_count()),
      values_(with_named_output(model), {.fetch = {differentiated}}, options),
      gradients_(with_named_output(model), gradients_of(model), one_by_one(options)) {}

std::vector<double> ModelJacobian::outputs_at(std::span<const double> theta) {
  take(theta, values_);
  std::vector<double> all(static_cast<std::size_t>(rows()));
  values_.run(data_, [&](const Chunk& c) { std::ranges::copy(c.values[0], all.begin() + c.first * outputs_); });
  return all;
}

Matrix ModelJacobian::jacobian_at(std::span<const double> theta) {
  take(theta, gradients_);
  Matrix J({rows(), parameters_});
  gradients_.run(data_, [&](const Chunk& chunk) {
    std::int64_t offset = 0;
    for (const std::span<const double> g : chunk.values) {
      const std::int64_t size = std::int64_t(g.size()) / outputs_;
      for (std::int64_t out = 0; out < outputs_; ++out)
        std::copy_n(g.begin() + out * size, size, J.row(chunk.first * outputs_ + out).begin() + offset);
      offset += size;
    }
  });
  return J;
}

ModelPoint with_named_output(ModelPoint model) {
  model.trace = [trace = model.trace](Graph& graph, std::int64_t rows) {
    const Ends ends = trace(graph, rows);
    if (!ends.output) throw UsageError("jacobian: the model has no output; wanted values [rows, …] to differentiate");
    return Ends{graph.name(ends.output, differentiated), ends.loss};
  };
  return model;
}

ModelPoint with_output(ModelPoint model, const std::string& name) {
  model.trace = [trace = model.trace, name](Graph& graph, std::int64_t rows) {
    trace(graph, rows);
    return Ends{graph[name], {}};
  };
  return model;
}

}  // namespace basin::interp
