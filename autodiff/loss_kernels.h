// Kernels of the losses, shared with the fused calls that make their mean, and a slope in the same pass.
#pragma once
#include <cmath>

#include "autodiff/indices.h"
#include "autodiff/kernels.h"
#include "autodiff/pack_softmax.h"
#include "autodiff/softmax_kernels.h"

namespace basin {

// -log(exp(x - shift) / sum).
template <class T>
double minus_log_share(const ExpSum& sum, T shift, T x) {
  if (sum.empty()) return std::numeric_limits<double>::infinity();
  return sum.log() + (x == shift ? 0 : double(shift) - double(x));
}

// From exp to softmax - one_hot. What the label's share lacks to 1 is the others' sum: 1 would swallow it.
template <class T>
void softmax_less_one_hot(const ExpSum& sum, T* __restrict p, std::int64_t classes, std::int64_t label) {
  const T at_label = sum.empty() ? T(-1) : T((double(p[label]) - 1 - sum.less_one()) / sum.value());
  const T scale = sum.empty() ? T(0) : T(1 / sum.value());
  for (std::int64_t i = 0; i < classes; ++i) p[i] *= scale;
  p[label] = at_label;
}

// Operands: logits [rows, classes], labels [rows]. Gives the loss of each row to use(row, loss) and writes softmax -
// one_hot to `slope`, where there is one. One pass over the rows, shifted by each row's largest logit. A label of
// probability 0 costs +inf.
template <class T, class Use>
void cross_entropy_rows(const Call<T>& c, T* slope, Use use) {
  const Shape& shape = c.graph->node(c.node_in[0]).shape;
  const std::int64_t classes = shape.back(), rows = shape.numel() / classes;
  for (std::int64_t row = 0; row < rows; ++row) {
    const T* x = c.in[0] + row * classes;
    const std::int64_t label = index_at(c, 1, row, classes, "cross_entropy");
    const T shift = shift_of(x, classes);
    T* p = slope ? slope + row * classes : nullptr;
    const ExpSum sum = sum_of_exp(x, classes, shift, p);
    if (p) softmax_less_one_hot(sum, p, classes, label);
    use(row, minus_log_share(sum, shift, x[label]));
  }
}

// Into out: the losses, or their sum times the third operand. Into out2, if there: the slope, which no mean scales.
template <class T>
void cross_entropy_losses(const Call<T>& c) {
  cross_entropy_rows(c, c.out2, [&](std::int64_t row, double loss) { c.out[row] = T(loss); });
}
template <class T>
void cross_entropy_mean(const Call<T>& c) {
  double total = 0;
  cross_entropy_rows(c, c.out2, [&](std::int64_t, double loss) { total += loss; });
  *c.out = T(total * double(*c.in[2]));
}

template <int lanes, class T>
void squared_distances(const T* __restrict a, const T* __restrict b, std::int64_t n, double* totals) {
  lane_sums<lanes, T>(
      n, [=](std::int64_t i) { return (a[i] - b[i]) * (a[i] - b[i]); }, totals);
}

// Operands: x and target [rows, n]. The mean of squares of each row.
template <class T>
void mse_losses(const Call<T>& c) {
  constexpr int lanes = lanes_of<T>;
  const std::int64_t n = c.graph->node(c.node_in[0]).shape.back();
  double totals[lanes];
  for (std::int64_t row = 0; row < c.n; ++row) {
    squared_distances<lanes>(scalars(c.in[0] + row * n), scalars(c.in[1] + row * n), n, totals);
    for (int l = 0; l < lanes; ++l) scalars(c.out + row)[l] = ScalarOf<T>(totals[l] / double(n));
  }
}
// Their sum times the third operand.
template <class T>
void mse_mean(const Call<T>& c) {
  constexpr int lanes = lanes_of<T>;
  const Shape& shape = c.graph->node(c.node_in[0]).shape;
  double totals[lanes];
  squared_distances<lanes>(scalars(c.in[0]), scalars(c.in[1]), shape.numel(), totals);
  for (int l = 0; l < lanes; ++l)
    scalars(c.out)[l] = ScalarOf<T>(totals[l] / double(shape.back()) * double(scalars(c.in[2])[l]));
}

}  // namespace basin
