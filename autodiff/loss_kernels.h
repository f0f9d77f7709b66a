// Kernels of the losses, shared with the fused call that makes a loss and its slope in one pass.
#pragma once
#include <cmath>

#include "autodiff/indices.h"
#include "autodiff/kernels.h"
#include "autodiff/softmax_kernels.h"

namespace basin {

// -log(exp(x - shift) / norm).
template <class T>
double minus_log_share(T norm, T shift, T x) {
  if (norm == 0) return std::numeric_limits<double>::infinity();  // a row of -inf alone
  return std::log(double(norm)) + (x == shift ? 0 : double(shift) - double(x));
}

// Operands: logits [rows, classes], labels [rows]. Writes the mean loss to `out` and softmax - one_hot to `out` (slope
// alone) or `out2` (both). One pass over the rows, shifted by each row's largest logit. A label of probability 0 costs
// +inf.
template <class T>
void cross_entropy_rows(const Call<T>& c, bool loss, bool slope) {
  const Shape& shape = c.graph->node(c.node_in[0]).shape;
  const std::int64_t classes = shape.back(), rows = shape.numel() / classes;
  T* to = loss ? c.out2 : c.out;
  double total = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    const T* __restrict x = c.in[0] + row * classes;
    const std::int64_t label = index_at(c, 1, row, classes);
    const T shift = shift_of(x, classes);
    T norm = 0;
    if (slope) {
      T* __restrict p = to + row * classes;
      each_exp(x, classes, shift, [=](std::int64_t i, T e) { p[i] = e; });
      for (std::int64_t i = 0; i < classes; ++i) norm += p[i];
      for (std::int64_t i = 0; norm != 0 && i < classes; ++i) p[i] /= norm;
      p[label] -= 1;
    } else {
      each_exp(x, classes, shift, [&](std::int64_t, T e) { norm += e; });
    }
    if (loss) total += minus_log_share(norm, shift, x[label]);
  }
  if (loss) *c.out = T(total / double(rows));
}

template <class T>
T mean_squared_difference(const T* __restrict a, const T* __restrict b, std::int64_t n) {
  const auto squared = [=](std::int64_t i) { return (a[i] - b[i]) * (a[i] - b[i]); };
  return T(lane_sum<T>(n, squared) / double(n));
}

}  // namespace basin
