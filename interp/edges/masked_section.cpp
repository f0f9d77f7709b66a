#include "interp/edges/masked_section.h"

#include <algorithm>

#include "autodiff/ops.h"
#include "core/blas.h"
#include "core/lapack.h"
#include "core/matrix.h"
#include "interp/edges/mask_groups.h"

namespace basin::interp {
namespace {

// next += features J^T, with the entries of J [features', features] that the mask lets through.
void add_masked(const Matrix& features, Matrix J, const Matrix& mask, Matrix& next) {
  for (std::int64_t i = 0; i < J.size(); ++i) J[i] *= mask[i];
  gemm(false, true, features.rows(), J.rows(), J.cols(), 1.0, features.data.data(), J.cols(), J.data.data(), J.cols(),
       1.0, next.data.data(), J.rows());
}

}  // namespace

MaskedSection::MaskedSection(const FoldedModel& model, std::int64_t section, const Matrix& C_pinv, const Matrix& C_next,
                             Precision precision)
    : model_(model), section_(section), precision_(precision), C_pinv_(C_pinv), C_next_(C_next) {
  if (model.attention(section) && precision == Precision::f64)
    attention_.emplace(model.attention(section)->between(C_pinv, C_next));
  if (!model.dense(section)) return;
  const DenseSection& dense = *model.dense(section);
  A_ = matmul(C_pinv, dense.weight);
  D_columns_ = transpose(dense.behind(C_next));
  if (dense.reads_out()) past_ = matmul(matmul(C_pinv, dense.skip), C_next);
}

Matrix MaskedSection::run(const Matrix& features, const Matrix& mask) {
  if (attention_) return attention_->run(features, mask);
  if (!model_.dense(section_) || precision_ == Precision::f32) return run_any(features, mask);
  return model_.dense(section_)->activation ? run_dense(features, mask) : run_linear(features, mask);
}

Matrix MaskedSection::run_linear(const Matrix& features, const Matrix& mask) const {
  Matrix J = matmul(D_columns_, A_, false, true);
  for (std::int64_t i = 0; i < past_.size(); ++i) J(i % past_.cols(), i / past_.cols()) += past_[i];
  Matrix next({features.rows(), J.rows()});
  add_masked(features, std::move(J), mask, next);
  return next;
}

MaskedSection::Traced& MaskedSection::traced(std::int64_t rows, bool dense) {
  Traced& t = traced_[rows];
  if (t.program) return t;
  if (dense) {
    t.in = t.graph.anonymous_input({rows, A_.cols()});
    t.out = model_.dense(section_)->activate(t.in);
  } else {
    model_.model().trace(t.graph, rows / model_.positions(section_));
    t.in = t.graph.anonymous_input(with_last(model_.value(t.graph, section_).shape(), C_pinv_.rows()));
    t.out =
        matmul(model_.section(t.graph, section_, matmul(t.in, t.graph.constant(C_pinv_))), t.graph.constant(C_next_));
  }
  static const Parameters<double> none;
  t.program = numeric_program(t.graph, {.fetch = {t.out}, .memory = Memory::reuse},
                              dense ? none : model_.model().parameters, precision_);
  return t;
}

Matrix MaskedSection::run_dense(const Matrix& features, const Matrix& mask) {
  Traced& t = traced(features.rows(), true);
  const Matrix whole = matmul(features, A_);
  Matrix next({features.rows(), mask.rows()});
  for (const MaskGroup& group : mask_groups(mask)) {
    masked_product(features, A_, whole, group, t.program->input(t.in));
    t.program->run();
    const Matrix D = rows_at(D_columns_, group.outputs);
    Matrix some({next.rows(), D.rows()});
    gemm(false, true, next.rows(), D.rows(), D.cols(), 1.0, t.program->view(t.out).data(), D.cols(), D.data.data(),
         D.cols(), 0.0, some.data.data(), D.rows());
    for (std::int64_t i = 0; i < next.rows(); ++i)
      for (std::size_t o = 0; o < group.outputs.size(); ++o) next(i, group.outputs[o]) = some(i, std::int64_t(o));
  }
  if (past_.size()) add_masked(features, transpose(past_), mask, next);
  return next;
}

Matrix MaskedSection::run_any(const Matrix& features, const Matrix& mask) {
  Traced& t = traced(features.rows(), false);
  Matrix next({t.out.shape().numel() / mask.rows(), mask.rows()});
  for (const MaskGroup& group : mask_groups(mask)) {
    const std::span<double> in = t.program->input(t.in);
    std::ranges::copy(features.data, in.begin());
    for (std::int64_t i = 0; i < features.rows(); ++i)
      for (const std::int64_t j : group.unseen) in[std::size_t(i * features.cols() + j)] = 0;
    t.program->run();
    const std::span<const double> all = t.program->view(t.out);
    for (const std::int64_t i : group.outputs)
      for (std::int64_t x = 0; x < next.rows(); ++x) next(x, i) = all[x * next.cols() + i];
  }
  return next;
}

}  // namespace basin::interp
