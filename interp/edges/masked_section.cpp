#include "interp/edges/masked_section.h"

#include <algorithm>

#include "autodiff/ops.h"
#include "core/blas.h"
#include "core/lapack.h"

namespace basin::interp {
namespace {

std::vector<std::int64_t> places(std::span<const double> mask, bool seen) {
  std::vector<std::int64_t> at;
  for (std::size_t j = 0; j < mask.size(); ++j)
    if ((mask[j] != 0) == seen) at.push_back(std::int64_t(j));
  return at;
}

Matrix rows_at(const Matrix& a, const std::vector<std::int64_t>& at) {
  Matrix chosen({std::ssize(at), a.cols()});
  for (std::size_t i = 0; i < at.size(); ++i) std::ranges::copy(a.row(at[i]), chosen.row(std::int64_t(i)).begin());
  return chosen;
}

void set_column(Matrix& to, std::int64_t column, std::span<const double> values) {
  for (std::int64_t i = 0; i < to.rows(); ++i) to(i, column) = values[i];
}

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
  if (!model.dense(section)) return;
  const DenseSection& dense = *model.dense(section);
  A_ = matmul(C_pinv, dense.weight);
  D_columns_ = transpose(dense.behind(C_next));
  if (dense.reads_out()) past_ = matmul(matmul(C_pinv, dense.skip), C_next);
}

Matrix MaskedSection::run(const Matrix& features, const Matrix& mask) {
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
    t.column = t.graph.anonymous_input({D_columns_.cols(), 1});
    t.out = matmul(model_.dense(section_)->activate(t.in), t.column);
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
  const std::int64_t rows = features.rows(), columns = A_.cols();
  Traced& t = traced(rows, true);
  const Matrix by_feature = transpose(features), whole = matmul(features, A_);
  Matrix next({rows, mask.rows()});
  for (std::int64_t i = 0; i < mask.rows(); ++i) {
    const std::vector<std::int64_t> seen = places(mask.row(i), true), unseen = places(mask.row(i), false);
    const bool from_whole = unseen.size() < seen.size();
    const std::vector<std::int64_t>& at = from_whole ? unseen : seen;
    const Matrix F = rows_at(by_feature, at), A = rows_at(A_, at);
    const std::span<double> pre = t.program->input(t.in);
    if (from_whole) std::ranges::copy(whole.data, pre.begin());
    gemm(true, false, rows, columns, std::ssize(at), from_whole ? -1.0 : 1.0, F.data.data(), rows, A.data.data(),
         columns, from_whole ? 1.0 : 0.0, pre.data(), columns);
    std::ranges::copy(D_columns_.row(i), t.program->input(t.column).begin());
    t.program->run();
    set_column(next, i, t.program->view(t.out));
  }
  if (past_.size()) add_masked(features, transpose(past_), mask, next);
  return next;
}

Matrix MaskedSection::run_any(const Matrix& features, const Matrix& mask) {
  Traced& t = traced(features.rows(), false);
  Matrix next({t.out.shape().numel() / mask.rows(), mask.rows()});
  std::map<std::vector<double>, std::vector<std::int64_t>> alike;  // rows of the mask
  for (std::int64_t i = 0; i < mask.rows(); ++i) alike[{mask.row(i).begin(), mask.row(i).end()}].push_back(i);
  for (const auto& [row, outputs] : alike) {
    const std::span<double> in = t.program->input(t.in);
    for (std::size_t i = 0; i < in.size(); ++i) in[i] = features.data[i] * row[i % row.size()];
    t.program->run();
    const std::span<const double> all = t.program->view(t.out);
    for (const std::int64_t i : outputs)
      for (std::int64_t x = 0; x < next.rows(); ++x) next(x, i) = all[x * next.cols() + i];
  }
  return next;
}

}  // namespace basin::interp
