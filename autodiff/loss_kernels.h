// Kernels of the losses, shared with the fused calls that make their mean, and a slope in the same pass.
#pragma once
#include <cmath>

#include "autodiff/indices.h"
#include "autodiff/kernels.h"
#include "autodiff/softmax_kernels.h"

namespace basin {

// -log(exp(x - shift) / sum).
template <class T>
double minus_log_share(const ExpSum& sum, T shift, T x) {
  if (sum.empty()) return std::numeric_limits<double>::infinity();
  return sum.log() + (x == shift ? 0 : double(shift) - double(x));
}

// softmax - 1 at the label from its exp. What its share lacks to 1 is the others' sum: 1 would swallow it.
template <class T>
T label_slope(const ExpSum& sum, T e) {
  return sum.empty() ? T(-1) : T((double(e) - 1 - sum.less_one()) / sum.value());
}
// What takes exp to softmax.
template <class T>
T share_of_one(const ExpSum& sum) {
  return sum.empty() ? T(0) : T(1 / sum.value());
}

// From exp to softmax - one_hot.
template <class T>
void softmax_less_one_hot(const ExpSum& sum, T* __restrict p, std::int64_t classes, std::int64_t label) {
  const T at_label = label_slope(sum, p[label]), scale = share_of_one<T>(sum);
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

// One row of cross_entropy_rows for all lanes at once, number i of lane l at i lanes + l. Adds the losses to `totals`.
template <int lanes, class T>
void add_cross_entropy_of_lanes(const T* __restrict x, const std::int64_t* label, std::int64_t classes, T* __restrict p,
                                double* __restrict totals) {
  constexpr T inf = std::numeric_limits<T>::infinity();
  T shift[lanes], scale[lanes], at_label[lanes];
  double ones[lanes] = {}, small[lanes] = {};
  std::fill_n(shift, lanes, -inf);
  for (std::int64_t i = 0; i < classes; ++i)
    for (int l = 0; l < lanes; ++l) shift[l] = x[i * lanes + l] > shift[l] ? x[i * lanes + l] : shift[l];
  for (T& top : shift) top = top == -inf ? 0 : top;
  for (std::int64_t i = 0; i < classes; ++i)
    for (int l = 0; l < lanes; ++l) p[i * lanes + l] = vmath::exp(x[i * lanes + l] - shift[l]);
  for (int l = 0; l < lanes; ++l)
    for (std::int64_t i = 0; shift[l] == inf && i < classes; ++i)  // as in shifted_exp
      if (x[i * lanes + l] == inf) p[i * lanes + l] = 1;
  for (std::int64_t i = 0; i < classes; ++i)
    for (int l = 0; l < lanes; ++l) {
      const T e = p[i * lanes + l];
      ones[l] += e == 1 ? 1 : 0;
      small[l] += e == 1 ? 0 : double(e);
    }
  for (int l = 0; l < lanes; ++l) {
    const ExpSum sum(ones[l], small[l]);
    const std::int64_t place = label[l] * lanes + l;
    totals[l] += minus_log_share(sum, shift[l], x[place]);
    at_label[l] = label_slope(sum, p[place]);
    scale[l] = share_of_one<T>(sum);
  }
  for (std::int64_t i = 0; i < classes; ++i)
    for (int l = 0; l < lanes; ++l) p[i * lanes + l] *= scale[l];
  for (int l = 0; l < lanes; ++l) p[label[l] * lanes + l] = at_label[l];
}

// The mean and the slope together, as in training; else lane after lane.
template <class T>
void cross_entropy_mean(const Call<Pack<T>>& c) {
  constexpr int lanes = Pack<T>::lanes;
  if (!c.out2) return by_lane(c, [](const Call<T>& one) { cross_entropy_mean(one); });
  const Shape& shape = c.graph->node(c.node_in[0]).shape;
  const std::int64_t classes = shape.back(), rows = shape.numel() / classes;
  double totals[lanes] = {};
  for (std::int64_t row = 0; row < rows; ++row) {
    std::int64_t label[lanes];
    for (int l = 0; l < lanes; ++l) label[l] = as_index(c.in[1][row].lane[l], c, 1, row, classes, "cross_entropy");
    add_cross_entropy_of_lanes<lanes>(scalars(c.in[0] + row * classes), label, classes, scalars(c.out2 + row * classes),
                                      totals);
  }
  for (int l = 0; l < lanes; ++l) scalars(c.out)[l] = T(totals[l] * double(scalars(c.in[2])[l]));
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
