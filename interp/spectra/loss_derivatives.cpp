#include "interp/spectra/loss_derivatives.h"

#include <algorithm>
#include <iterator>

#include "autodiff/ops.h"
#include "autodiff/transform.h"

namespace basin::interp {
namespace {

// Row i of the slice at `offset` is 1 where the slice holds parameter i.
void feed_unit_vectors(Program<double>& program, const std::vector<Var>& units) {
  std::int64_t offset = 0;
  for (Var unit : units) {
    const std::span<double> rows = program.input(unit);
    const std::int64_t size = unit.shape().numel() / unit.shape()[0];
    std::ranges::fill(rows, 0.0);
    for (std::int64_t i = 0; i < size; ++i) rows[(offset + i) * size + i] = 1;
    offset += size;
  }
}

}  // namespace

LossDerivatives loss_derivatives(const ModelPoint& model, const std::string& loss, const Inputs& inputs) {
  const std::int64_t n = model.parameter_count();
  Graph graph;
  model.trace(graph, inputs.empty() ? 1 : rows_of(inputs, "loss_derivatives"));
  const Var value = mean(graph[loss]);
  std::vector<Var> parameters, units;
  for (const auto& slice : model.parameters.slices()) {
    parameters.push_back(graph[slice.name]);
    units.push_back(graph.anonymous_input(Shape{n} + slice.shape));
  }
  const std::vector<Var> gradient = grad(value, parameters), products = hvp(value, parameters, units);
  std::vector<Var> fetch{value};
  fetch.insert(fetch.end(), gradient.begin(), gradient.end());
  fetch.insert(fetch.end(), products.begin(), products.end());
  Program<double> program(graph, {.fetch = fetch}, model.parameters.bindings(graph));
  for (const auto& [name, numbers] : inputs) program.feed(name, numbers.data);
  feed_unit_vectors(program, units);
  program.run();
  LossDerivatives d{.loss = program.scalar(value), .gradient = {}, .hessian = Matrix({n, n})};
  for (std::size_t part = 0; part < parameters.size(); ++part) {
    const std::int64_t offset = std::ssize(d.gradient), size = parameters[part].shape().numel();
    std::ranges::copy(program.view(gradient[part]), std::back_inserter(d.gradient));
    const auto rows = program.view(products[part]);
    for (std::int64_t i = 0; i < n; ++i)
      std::ranges::copy(rows.subspan(i * size, size), d.hessian.row(i).begin() + offset);
  }
  return d;
}

}  // namespace basin::interp
