// Layer normalisation over the last axis.
#include <cmath>

#include "autodiff/kernels.h"

namespace basin {
namespace {

template <class T>
struct Moments {
  T mean, rstd;  // rstd = 1 / sqrt(var + epsilon)
};

template <class T>
Moments<T> moments(const T* x, std::int64_t n, double epsilon) {
  double sum = 0, squares = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += x[i];
  const double mean = sum / double(n);
  for (std::int64_t i = 0; i < n; ++i) squares += (x[i] - mean) * (x[i] - mean);
  return {T(mean), T(1 / std::sqrt(squares / double(n) + epsilon))};
}

Var rstd(Var x, double epsilon);

// 1 / sqrt(var + epsilon), [..., n] -> [..., 1]: a factor of layer_norm's rule.
const Op rstd_op{.name = "rstd",
                 .vjp =
                     [](Rule& r) {
                       r.to(0, [&] {
                         const double epsilon = r.attr().real, n = double(r.in(0).shape().back());
                         return (-1 / n) * (r.ct() * square(r.y()) * layer_norm(r.in(0), epsilon));
                       });
                     },
                 .run = one_lane([](const auto& c) {
                   const std::int64_t n = c.graph->node(c.node_in[0]).shape.back();
                   for (std::int64_t row = 0; row < c.n; ++row)
                     c.out[row] = moments(c.in[0] + row * n, n, c.node->attr.real).rstd;
                 })};

const Op layer_norm_op{.name = "layer_norm",
                       .vjp =
                           [](Rule& r) {
                             r.to(0, [&] {
                               Var ct = r.ct(), y = r.y();
                               Var along = mean(ct, {-1}, true) + y * mean(ct * y, {-1}, true);
                               return rstd(r.in(0), r.attr().real) * (ct - along);
                             });
                           },
                       .run = one_lane([](const auto& c) {
                         const std::int64_t n = c.node->shape.back();
                         for (std::int64_t row = 0; row < c.n; row += n) {
                           const auto [mean, rstd] = moments(c.in[0] + row, n, c.node->attr.real);
                           for (std::int64_t i = 0; i < n; ++i) c.out[row + i] = (c.in[0][row + i] - mean) * rstd;
                         }
                       })};

Var rstd(Var x, double epsilon) {
  Shape out = x.shape();
  out[out.rank() - 1] = 1;
  return x.graph->emit(rstd_op, {x}, out, {.real = epsilon});
}

}  // namespace

Var layer_norm(Var x, double epsilon) {
  require_last_axis("layer_norm", {x});
  if (!(epsilon >= 0)) shape_error("layer_norm", {x}, "epsilon must not be negative");
  return x.graph->emit(layer_norm_op, {x}, x.shape(), {.real = epsilon});
}

}  // namespace basin
