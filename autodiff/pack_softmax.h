// Rows of exp of packs, all lanes at once, for softmax, log-sum-exp and cross-entropy: as autodiff/softmax_kernels.h
// has them for single rows.
#pragma once
#include <cmath>

#include "autodiff/indices.h"
#include "autodiff/op.h"
#include "core/vmath.h"

namespace basin {

// What a row of n packs at x comes to, by lane.
template <class T>
struct PackExp {
  static constexpr int lanes = Pack<T>::lanes;
  T shift[lanes];                                 // the largest entry, or 0 where all are -inf
  double ones[lanes] = {}, less_one[lanes] = {};  // of exp(x - shift): how many are 1; the sum, but for 1

  // Writes exp(x - shift) to e, if there is such a place. Entries that equal the shift count 1, infinite ones too.
  PackExp(const T* __restrict x, std::int64_t n, T* __restrict e) {
    for (T& top : shift) top = -std::numeric_limits<T>::infinity();
    for (std::int64_t i = 0; i < n * lanes; i += lanes)
#pragma GCC unroll 1  // unrolled it would not become vector code; so below
      for (int l = 0; l < lanes; ++l) shift[l] = x[i + l] > shift[l] ? x[i + l] : shift[l];
    for (T& top : shift) top = top == -std::numeric_limits<T>::infinity() ? 0 : top;
    T room[lanes];
    for (std::int64_t i = 0; i < n * lanes; i += lanes) add(x + i, e ? e + i : room);
    for (int l = 0; l < lanes; ++l) less_one[l] += ones[l] - 1;
  }

  bool empty(int lane) const { return less_one[lane] == -1; }  // a row of -inf alone
  // log(1 + less_one), which makes good for the rounding of 1 + less_one; -inf where the row is empty.
  void log(double* out) const {
#pragma GCC unroll 1
    for (int l = 0; l < lanes; ++l) {
      const double s = less_one[l], u = 1 + s;
      out[l] = u == 1 ? s : vmath::log(u) * (s / (u - 1));
    }
  }
  T scale(int lane) const { return empty(lane) ? T(0) : T(1 / (1 + less_one[lane])); }

 private:
  [[gnu::always_inline]] inline void add(const T* __restrict x, T* __restrict e) {
#pragma GCC unroll 1
    for (int l = 0; l < lanes; ++l) e[l] = x[l] == shift[l] ? T(1) : vmath::exp(x[l] - shift[l]);
#pragma GCC unroll 1
    for (int l = 0; l < lanes; ++l) {
      ones[l] += e[l] == 1 ? 1 : 0;
      less_one[l] += e[l] == 1 ? 0 : double(e[l]);
    }
  }
};

// Operands: logits [rows, classes], labels [rows]. Gives the losses of each row to use(row, losses by lane) and writes
// softmax - one_hot to `slope`, where there is one.
template <class T, class Use>
void cross_entropy_rows(const Call<Pack<T>>& c, Pack<T>* slope, Use use) {
  constexpr int lanes = Pack<T>::lanes;
  const Shape& shape = c.graph->node(c.node_in[0]).shape;
  const std::int64_t classes = shape.back(), rows = shape.numel() / classes;
  for (std::int64_t row = 0; row < rows; ++row) {
    const T* x = scalars(c.in[0] + row * classes);
    T* p = slope ? scalars(slope + row * classes) : nullptr;
    const PackExp<T> exp(x, classes, p);
    T at_label[lanes], scale[lanes];
    std::int64_t place[lanes];
    double losses[lanes];
    exp.log(losses);
    for (int l = 0; l < lanes; ++l) {
      place[l] = index_at(c, 1, row, classes, "cross_entropy", l) * lanes + l;
      const T own = x[place[l]];
      losses[l] = exp.empty(l) ? std::numeric_limits<double>::infinity()
                               : losses[l] + (own == exp.shift[l] ? 0 : double(exp.shift[l]) - double(own));
    }
    use(row, losses);
    if (!p) continue;
    for (int l = 0; l < lanes; ++l) {  // what the label's share lacks to 1 is the others' sum: 1 would swallow it
      scale[l] = exp.scale(l);
      at_label[l] = exp.empty(l) ? T(-1) : T((double(p[place[l]]) - 1 - exp.less_one[l]) / (1 + exp.less_one[l]));
    }
    for (std::int64_t i = 0; i < classes * lanes; i += lanes)
      for (int l = 0; l < lanes; ++l) p[i + l] *= scale[l];
    for (int l = 0; l < lanes; ++l) p[place[l]] = at_label[l];
  }
}

template <class T>
void cross_entropy_losses(const Call<Pack<T>>& c) {
  cross_entropy_rows(c, c.out2, [&](std::int64_t row, const double* losses) {
    for (int l = 0; l < Pack<T>::lanes; ++l) c.out[row].lane[l] = T(losses[l]);
  });
}
template <class T>
void cross_entropy_mean(const Call<Pack<T>>& c) {
  double totals[Pack<T>::lanes] = {};
  cross_entropy_rows(c, c.out2, [&](std::int64_t, const double* losses) {
    for (int l = 0; l < Pack<T>::lanes; ++l) totals[l] += losses[l];
  });
  for (int l = 0; l < Pack<T>::lanes; ++l) c.out->lane[l] = T(totals[l] * double(c.in[2]->lane[l]));
}

template <class T>
void softmax_kernel(const Call<Pack<T>>& c) {
  constexpr int lanes = Pack<T>::lanes;
  const std::int64_t n = c.node->shape.back();
  for (std::int64_t row = 0; row < c.n; row += n) {
    T* y = scalars(c.out + row);
    const PackExp<T> exp(scalars(c.in[0] + row), n, y);
    T scale[lanes];
    for (int l = 0; l < lanes; ++l) scale[l] = exp.scale(l);
    for (std::int64_t i = 0; i < n * lanes; i += lanes)
      for (int l = 0; l < lanes; ++l) y[i + l] *= scale[l];
  }
}

template <class T>
void log_softmax_kernel(const Call<Pack<T>>& c) {
  constexpr int lanes = Pack<T>::lanes;
  const std::int64_t n = c.node->shape.back();
  for (std::int64_t row = 0; row < c.n; row += n) {
    const T* x = scalars(c.in[0] + row);
    T* y = scalars(c.out + row);
    const PackExp<T> exp(x, n, nullptr);
    double log[lanes];
    exp.log(log);
    for (int l = 0; l < lanes; ++l)
      if (exp.empty(l)) log[l] = std::numeric_limits<double>::infinity();
    for (std::int64_t i = 0; i < n * lanes; i += lanes)
      for (int l = 0; l < lanes; ++l) y[i + l] = (x[i + l] == exp.shift[l] ? 0 : x[i + l] - exp.shift[l]) - T(log[l]);
  }
}

template <class T>
void log_sum_exp_kernel(const Call<Pack<T>>& c) {
  const std::int64_t n = c.graph->node(c.node_in[0]).shape.back();
  for (std::int64_t row = 0; row < c.n; ++row) {
    const PackExp<T> exp(scalars(c.in[0] + row * n), n, nullptr);
    double log[Pack<T>::lanes];
    exp.log(log);
    for (int l = 0; l < Pack<T>::lanes; ++l) c.out[row].lane[l] = exp.shift[l] + T(log[l]);
  }
}

}  // namespace basin
