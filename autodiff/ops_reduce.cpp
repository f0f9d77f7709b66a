// Sums, and the ops over the last axis that need one pass for a stable answer.
#include "autodiff/fused_kernels.h"
#include "autodiff/pack_softmax.h"
#include "autodiff/softmax_kernels.h"

namespace basin {
namespace {

template <class T>
double sum_run(const T* x, std::int64_t n) {
  return lane_sum<T>(n, [=](std::int64_t i) { return x[i]; });
}

// to[l] += the sum of x[l], x[lanes + l] … A short run is summed in T alone, to the same bits.
template <int lanes, class T>
void add_run(std::int64_t n, const T* x, T* to) {
  const auto at = [=](std::int64_t i) { return x[i]; };
  T sum[lanes] = {};
  double totals[lanes];
  if (n < running_sums) {
    add_up<lanes>(0, n, at, sum);
    for (int l = 0; l < lanes; ++l) to[l] += sum[l];
  } else {
    lane_sums<lanes, T>(n, at, totals);
    for (int l = 0; l < lanes; ++l) to[l] += T(totals[l]);
  }
}

// The output keeps length 1 where it was summed. The loop walks the input; the output's stride is 0 along summed axes.
template <class T>
void sum_kernel(const Call<T>& c) {
  const Loop& l = c.loop;
  constexpr int lanes = lanes_of<T>;
  const std::int64_t n = l.inner();
  if (l.axes == 2 && l.stride[0][0] == 0 && l.inner_stride(0) == 1)
    return column_sums(scalars(c.in[0]), l.dim[0], n * lanes, scalars(c.out));
  std::fill(c.out, c.out + c.n, T(0));
  walk(l, c.out, c.in, [&](T* out, const T* x, const T*, const T*) {
    ScalarOf<T>* to = scalars(out);
    const ScalarOf<T>* from = scalars(x);
    if (l.inner_stride(0) == 0) {
      add_run<lanes>(n, from, to);
    } else {
      for (std::int64_t i = 0; i < n * lanes; ++i) to[i] += from[i];
    }
  });
}

const Op sum_op{.name = "sum",
                .vjp = [](Rule& r) { r.to(0, [&] { return expand(r.ct(), r.lead(r.in(0).shape())); }); },
                .run = [](const auto& c) { sum_kernel(c); },
                .loop =
                    [](const Graph& g, const Node& node) {
                      const Shape& in = g.node(node.in[0]).shape;
                      return make_loop(in, {broadcast_strides(node.shape, in), contiguous_strides(in)});
                    }};

template <class T>
void softmax_kernel(const Call<T>& c) {
  const std::int64_t n = c.node->shape.back();
  for (std::int64_t row = 0; row < c.n; row += n) {
    const T* x = c.in[0] + row;
    T* __restrict y = c.out + row;
    shifted_exp(x, n, shift_of(x, n), y);
    const double total = sum_run(y, n);
    const T scale = total == 0 ? T(0) : T(1 / total);
    for (std::int64_t i = 0; i < n; ++i) y[i] *= scale;
  }
}

template <class T>
void log_softmax_kernel(const Call<T>& c) {
  const std::int64_t n = c.node->shape.back();
  for (std::int64_t row = 0; row < c.n; row += n) {
    const T* __restrict x = c.in[0] + row;
    T* __restrict y = c.out + row;
    const T shift = shift_of(x, n);
    const ExpSum sum = sum_of_exp(x, n, shift, y);
    const T log_sum = sum.empty() ? std::numeric_limits<T>::infinity() : T(sum.log());
    for (std::int64_t i = 0; i < n; ++i) y[i] = (x[i] == shift ? 0 : x[i] - shift) - log_sum;
  }
}

template <class T>
void log_sum_exp_kernel(const Call<T>& c) {
  const std::int64_t n = c.graph->node(c.node_in[0]).shape.back();
  for (std::int64_t row = 0; row < c.n; ++row) {
    const T* x = c.in[0] + row * n;
    const T shift = shift_of(x, n);
    c.out[row] = shift + T(sum_of_exp<T>(x, n, shift, nullptr).log());
  }
}

const Op softmax_op{.name = "softmax",
                    .vjp = [](Rule& r) { r.to(0, [&] { return r.y() * (r.ct() - sum(r.ct() * r.y(), {-1}, true)); }); },
                    .run = [](const auto& c) { softmax_kernel(c); }};
const Op log_softmax_op{.name = "log_softmax",
                        .vjp = [](Rule& r) { r.to(0, [&] { return r.ct() - exp(r.y()) * sum(r.ct(), {-1}, true); }); },
                        .run = [](const auto& c) { log_softmax_kernel(c); }};
const Op log_sum_exp_op{.name = "log_sum_exp",
                        .vjp = [](Rule& r) { r.to(0, [&] { return with_last_axis(r.ct()) * softmax(r.in(0)); }); },
                        .run = [](const auto& c) { log_sum_exp_kernel(c); }};

// total / count, where the sum is over `count` elements.
Var mean_of(Var x, Var total, std::int64_t count) {
  if (count == 0) shape_error("mean", {x}, "there is no mean of nothing");
  return (1.0 / double(count)) * total;
}

}  // namespace

Var sum_to(Var x, const Shape& ones) {
  require_values("sum", {x});
  if (x.shape() == ones) return x;
  if (x.shape().rank() != ones.rank() || !broadcasts_to(ones, x.shape()))
    shape_error("sum", {x}, "cannot be summed to " + ones.str());
  return x.graph->emit(sum_op, {x}, ones);
}

Var sum(Var x) {
  require_values("sum", {x});
  Shape ones = x.shape();
  for (int i = 0; i < ones.rank(); ++i) ones[i] = 1;
  return reshape(sum_to(x, ones), {});
}

Var sum(Var x, std::initializer_list<std::int64_t> axes, bool keep) {
  require_values("sum", {x});
  Shape ones = x.shape(), dropped;
  std::array<bool, Shape::max_rank> gone{};
  for (std::int64_t axis : axes) {
    const int a = checked_axis("sum", x, axis);
    ones[a] = 1;
    gone[a] = true;
  }
  for (int i = 0; i < ones.rank(); ++i)
    if (!gone[i]) dropped.push_back(ones[i]);
  Var y = sum_to(x, ones);
  return keep ? y : reshape(y, dropped);
}

Var mean(Var x) {
  require_values("mean", {x});
  return mean_of(x, sum(x), x.shape().numel());
}

Var mean(Var x, std::initializer_list<std::int64_t> axes, bool keep) {
  require_values("mean", {x});
  std::int64_t count = 1;
  for (std::int64_t axis : axes) count *= x.shape()[checked_axis("mean", x, axis)];
  return mean_of(x, sum(x, axes, keep), count);
}

Var softmax(Var x) {
  require_last_axis("softmax", {x});
  return unary(softmax_op, x);
}

Var log_softmax(Var x) {
  require_last_axis("log_softmax", {x});
  return unary(log_softmax_op, x);
}

Var log_sum_exp(Var x) {
  require_last_axis("log_sum_exp", {x});
  return x.graph->emit(log_sum_exp_op, {x}, x.shape().first(x.shape().rank() - 1));
}

}  // namespace basin
