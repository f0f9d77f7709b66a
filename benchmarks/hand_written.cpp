#include "benchmarks/hand_written.h"

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <new>

#include "core/small_gemm.h"
#include "core/vmath.h"

namespace basin::benchmarks {
namespace {

void blas(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, const float* a, int lda, const float* b, int ldb,
          float* c) {
  cblas_sgemm(CblasRowMajor, ta, tb, m, n, k, 1, a, lda, b, ldb, 0, c, n);
}
void blas(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, const double* a, int lda, const double* b,
          int ldb, double* c) {
  cblas_dgemm(CblasRowMajor, ta, tb, m, n, k, 1, a, lda, b, ldb, 0, c, n);
}

struct Identity {
  template <class T>
  T operator()(T z) const {
    return z;
  }
  template <class T>
  T slope(T) const {
    return T(1);
  }
};
struct Tanh {
  template <class T>
  T operator()(T z) const {
    return vmath::tanh(z);
  }
  template <class T>
  T slope(T y) const {
    return 1 - y * y;
  }  // from the output
};
struct Relu {
  template <class T>
  T operator()(T z) const {
    return z > 0 ? z : T(0);
  }
  template <class T>
  T slope(T y) const {
    return y > 0 ? T(1) : T(0);
  }
};

// y[rows,n] = f(y + bias); the bias is already in y when it is null.
template <class T, class F>
void activate(F f, std::int64_t rows, std::int64_t n, const T* __restrict bias, T* __restrict y) {
  if (!bias) {
    for (std::int64_t i = 0; i < rows * n; ++i) y[i] = f(y[i]);
    return;
  }
  for (std::int64_t r = 0; r < rows; ++r, y += n)
    for (std::int64_t j = 0; j < n; ++j) y[j] = f(y[j] + bias[j]);
}

// delta *= f'(y) and sums[j] = sum over rows of delta[., j], in blocks of columns whose sums stay in registers.
template <class T, class F>
void scale_and_sum(F f, std::int64_t rows, std::int64_t n, const T* __restrict y, T* __restrict delta,
                   T* __restrict sums) {
  constexpr std::int64_t block = 16;
  std::int64_t j = 0;
  for (; j + block <= n; j += block) {
    T sum[block] = {};
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t q = 0; q < block; ++q) sum[q] += delta[r * n + j + q] *= f.slope(y[r * n + j + q]);
    std::copy(sum, sum + block, sums + j);
  }
  if (j == n) return;
  std::fill(sums + j, sums + n, T(0));
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t q = j; q < n; ++q) sums[q] += delta[r * n + q] *= f.slope(y[r * n + q]);
}

template <class T>
T mse(std::int64_t n, const T* __restrict y, const T* __restrict t, T* __restrict delta) {
  constexpr std::int64_t lanes = 16;
  T sum[lanes] = {}, scale = T(2) / T(n);
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes)
    for (std::int64_t q = 0; q < lanes; ++q) {
      const T d = y[i + q] - t[i + q];
      delta[i + q] = scale * d;
      sum[q] += d * d;
    }
  for (; i < n; ++i) {
    const T d = y[i] - t[i];
    delta[i] = scale * d;
    sum[0] += d * d;
  }
  T total = 0;
  for (T s : sum) total += s;
  return total / T(n);
}

template <class T>
T cross_entropy(std::int64_t rows, std::int64_t n, const T* __restrict y, const T* __restrict labels,
                T* __restrict delta) {
  T total = 0;
  for (std::int64_t r = 0; r < rows; ++r, y += n, delta += n) {
    const std::int64_t label = std::int64_t(labels[r]);
    T top = y[0], sum = 0;
    for (std::int64_t j = 1; j < n; ++j) top = std::max(top, y[j]);
    for (std::int64_t j = 0; j < n; ++j) delta[j] = vmath::exp(y[j] - top);
    for (std::int64_t j = 0; j < n; ++j) sum += delta[j];
    const T scale = 1 / (sum * T(rows));
    for (std::int64_t j = 0; j < n; ++j) delta[j] *= scale;
    delta[label] -= 1 / T(rows);
    total += vmath::log(sum) + top - y[label];
  }
  return total / T(rows);
}

}  // namespace

template <class T>
typename HandMlpOf<T>::Buffer HandMlpOf<T>::zeros(std::int64_t n) {
  Buffer out(new (std::align_val_t(64)) T[std::size_t(n)]);
  std::fill_n(out.get(), n, T(0));
  return out;
}

template <class T>
HandMlpOf<T>::HandMlpOf(std::vector<std::int64_t> widths, std::int64_t batch, Activation activation, Loss loss,
                        Optimizer optimizer, Gemm gemm)
    : batch_(batch),
      target_count_(loss == Loss::mse ? batch * widths.back() : batch),
      activation_(activation),
      loss_(loss),
      optimizer_(optimizer),
      gemm_(gemm) {
  const auto padded = [&](std::int64_t width) { return (batch * width + 15) / 16 * 16; };
  std::int64_t values = padded(widths[0]);
  for (std::size_t l = 1; l < widths.size(); ++l) values += 2 * padded(widths[l]);
  values_ = zeros(values);
  T *in = values_.get(), *next = in + padded(widths[0]);
  for (std::size_t l = 1; l < widths.size(); ++l) {
    T *out = next, *delta = out + padded(widths[l]);
    layers_.push_back({widths[l - 1], widths[l], count_, in, out, delta});
    count_ += (widths[l - 1] + 1) * widths[l];
    in = out;
    next = delta + padded(widths[l]);
  }
  target_ = zeros(target_count_);
  for (Buffer* b : {&parameters_, &gradients_, &moment1_, &moment2_}) *b = zeros(count_);
  for (const Layer& l : layers_)
    for (std::int64_t i = 0; i < l.n_in * l.n_out; ++i)
      parameters_[l.offset + i] = T(std::sin(double(l.offset + i) * 12.9898) * std::sqrt(3.0 / double(l.n_in)));
}

template <class T>
void HandMlpOf<T>::forward() {
  for (const Layer& l : layers_) {
    const T* weight = parameters_.get() + l.offset;
    const T* bias = weight + l.n_in * l.n_out;
    if (gemm_ == Gemm::small_gemm && small_gemm_pays(batch_, l.n_out, l.n_in)) {
      small_gemm_nn<T>(batch_, l.n_out, l.n_in, l.in, l.n_in, weight, l.n_out, l.out, l.n_out, Addend<T>::row(bias));
      bias = nullptr;
    } else {
      blas(CblasNoTrans, CblasNoTrans, int(batch_), int(l.n_out), int(l.n_in), l.in, int(l.n_in), weight, int(l.n_out),
           l.out);
    }
    if (&l == &layers_.back()) {
      if (bias) activate(Identity{}, batch_, l.n_out, bias, l.out);
    } else if (activation_ == Activation::tanh) {
      activate(Tanh{}, batch_, l.n_out, bias, l.out);
    } else {
      activate(Relu{}, batch_, l.n_out, bias, l.out);
    }
  }
}

template <class T>
T HandMlpOf<T>::loss_and_delta() {
  const Layer& l = layers_.back();
  return loss_ == Loss::mse ? mse(batch_ * l.n_out, l.out, target_.get(), l.delta)
                            : cross_entropy(batch_, l.n_out, l.out, target_.get(), l.delta);
}

template <class T>
void HandMlpOf<T>::backward() {
  for (std::size_t i = layers_.size(); i-- > 0;) {
    const Layer& l = layers_[i];
    const T* weight = parameters_.get() + l.offset;
    T *d_weight = gradients_.get() + l.offset, *d_bias = d_weight + l.n_in * l.n_out;
    if (i + 1 == layers_.size()) {
      scale_and_sum(Identity{}, batch_, l.n_out, l.out, l.delta, d_bias);
    } else if (activation_ == Activation::tanh) {
      scale_and_sum(Tanh{}, batch_, l.n_out, l.out, l.delta, d_bias);
    } else {
      scale_and_sum(Relu{}, batch_, l.n_out, l.out, l.delta, d_bias);
    }
    T* d_in = i ? layers_[i - 1].delta : nullptr;
    if (gemm_ == Gemm::small_gemm && small_gemm_pays(batch_, l.n_out, l.n_in)) {
      small_gemm_tn<T>(l.n_in, l.n_out, batch_, l.in, l.n_in, l.delta, l.n_out, d_weight, l.n_out);
      if (d_in) small_gemm_nt<T>(batch_, l.n_in, l.n_out, l.delta, l.n_out, weight, l.n_out, d_in, l.n_in);
    } else {
      const int rows = int(batch_), n_in = int(l.n_in), n_out = int(l.n_out);
      blas(CblasTrans, CblasNoTrans, n_in, n_out, rows, l.in, n_in, l.delta, n_out, d_weight);
      if (d_in) blas(CblasNoTrans, CblasTrans, rows, n_in, n_out, l.delta, n_out, weight, n_out, d_in);
    }
  }
}

template <class T>
void HandMlpOf<T>::update() {
  T* __restrict w = parameters_.get();
  const T* __restrict g = gradients_.get();
  if (optimizer_ == Optimizer::sgd) {
    for (std::int64_t i = 0; i < count_; ++i) w[i] -= T(1e-2) * g[i];
    return;
  }
  T* __restrict m = moment1_.get(), * __restrict v = moment2_.get();
  ++steps_;
  const double correction1 = 1 - std::pow(0.9, double(steps_)), correction2 = 1 - std::pow(0.999, double(steps_));
  const T rate = T(1e-3 / correction1), root = T(1 / std::sqrt(correction2)), keep2 = T(0.999), add2 = T(1 - 0.999);
  for (std::int64_t i = 0; i < count_; ++i) {
    m[i] += (g[i] - m[i]) * T(1 - 0.9);
    v[i] = v[i] * keep2 + g[i] * g[i] * add2;
    w[i] -= rate * m[i] / (std::sqrt(v[i]) * root + T(1e-8));
  }
}

template <class T>
T HandMlpOf<T>::step() {
  forward();
  const T loss = loss_and_delta();
  backward();
  update();
  return loss;
}

template class HandMlpOf<float>;
template class HandMlpOf<double>;

double gradient_error(Activation activation, Loss loss, Gemm gemm) {
  HandMlpOf<double> net({5, 17, 9, 3}, 6, activation, loss, Optimizer::sgd, gemm);
  for (std::size_t i = 0; i < net.x().size(); ++i) net.x()[i] = std::sin(1.3 * double(i) + 0.2);
  for (std::size_t i = 0; i < net.t().size(); ++i) net.t()[i] = double(i % 3);
  const std::vector<double> start(net.parameters().begin(), net.parameters().end());
  const auto loss_at = [&](std::size_t i, double shift) {
    std::copy(start.begin(), start.end(), net.parameters().begin());
    net.parameters()[i] += shift;
    return net.step();
  };
  loss_at(0, 0);
  const std::vector<double> gradient(net.gradients().begin(), net.gradients().end());
  double worst = 0, largest = 0;
  for (std::size_t i = 0; i < start.size(); ++i) {
    const double h = 1e-5, slope = (loss_at(i, h) - loss_at(i, -h)) / (2 * h);
    worst = std::max(worst, std::abs(slope - gradient[i]));
    largest = std::max(largest, std::abs(gradient[i]));
  }
  return worst / largest;
}

}  // namespace basin::benchmarks
