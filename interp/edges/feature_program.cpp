#include "interp/edges/feature_program.h"

#include <algorithm>

#include "autodiff/ops.h"

namespace basin::interp {

FeatureProgram::FeatureProgram(const FoldedModel& model, std::int64_t layer, const Matrix& C_pinv, Precision precision)
    : model_(model), layer_(layer), C_pinv_(C_pinv), precision_(precision) {}

FeatureProgram::Traced& FeatureProgram::at(std::int64_t rows) {
  Traced& t = traced_[rows];
  if (t.program) return t;
  model_.model().trace(t.graph, rows);
  t.features = t.graph.anonymous_input(with_last(model_.value(t.graph, layer_).shape(), C_pinv_.rows()));
  t.outputs = model_.through(t.graph, layer_, matmul(t.features, t.graph.constant(C_pinv_)));
  t.program =
      numeric_program(t.graph, {.fetch = {t.outputs}, .memory = Memory::reuse}, model_.model().parameters, precision_);
  return t;
}

std::span<const double> FeatureProgram::run(std::span<const double> features) {
  Traced& t = at(std::ssize(features) / (C_pinv_.rows() * model_.positions(layer_)));
  std::ranges::copy(features, t.program->input(t.features).begin());
  t.program->run();
  return t.program->view(t.outputs);
}

}  // namespace basin::interp
