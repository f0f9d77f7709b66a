// gelu, in both forms, and the distribution function that its slope needs.
#include <numbers>

#include "autodiff/kernels.h"
#include "core/vmath.h"

namespace basin {
namespace {

Var normal_pdf(Var x) {
  constexpr double inv_sqrt_2pi = std::numbers::inv_sqrtpi / std::numbers::sqrt2;
  return inv_sqrt_2pi * exp(-0.5 * square(x));
}

// P(Z <= x) of a normal Z.
const Op normal_cdf_op{.name = "normal_cdf",
                       .vjp = [](Rule& r) { r.to(0, [&] { return r.ct() * normal_pdf(tame(r.in(0))); }); },
                       .run = [](const auto& c) { map(c, [](auto x) { return vmath::normal_cdf(x); }); }};
Var normal_cdf(Var x) { return x.graph->emit(normal_cdf_op, {x}, x.shape()); }

const Op gelu_op{.name = "gelu",
                 .vjp =
                     [](Rule& r) {
                       r.to(0, [&] {
                         Var x = tame(r.in(0));
                         return r.ct() * (normal_cdf(x) + x * normal_pdf(x));
                       });
                     },
                 .run = [](const auto& c) { map(c, [](auto x) { return vmath::gelu(x); }); }};

// x p, p = sigmoid(2 u), u = scale (x + cubic x^3): the slope is p + x p (1 - p) 2 u'.
constexpr double two_scales = 2 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi, cubic = 0.044715;
const Op gelu_tanh_op{.name = "gelu_tanh",
                      .vjp =
                          [](Rule& r) {
                            r.to(0, [&] {
                              Var x = tame(r.in(0)), xx = square(x);
                              Var p = sigmoid(two_scales * (x * (1.0 + cubic * xx)));
                              Var slope = two_scales * (1.0 + (3 * cubic) * xx);
                              return r.ct() * (p + (x * slope) * (p * (1.0 - p)));
                            });
                          },
                      .run = [](const auto& c) { map(c, [](auto x) { return vmath::gelu_tanh(x); }); }};

}  // namespace

Var gelu(Var x) { return unary(gelu_op, x); }
Var gelu_tanh(Var x) { return unary(gelu_tanh_op, x); }

}  // namespace basin
