// Elementwise ops. Each is one paragraph: kernel and rule in the Op, shape in the function that emits it.
#include <cmath>
#include <numbers>

#include "autodiff/kernels.h"
#include "core/vmath.h"

namespace basin {
namespace {

Var binary(const Op& op, Var a, Var b) { return a.graph->emit(op, {a, b}, broadcast_shape(op.name, a, b)); }
Var unary(const Op& op, Var x) { return x.graph->emit(op, {x}, x.shape()); }
Var scalar(Var like, double c) { return like.graph->constant(c); }
bool is(Var v, double c) { return is_constant(v.graph->node(v.id), c); }

// Both are constants: the folded constant, else nothing.
template <class F>
Var folded(Var a, Var b, F f) {
  const Node &p = a.graph->node(a.id), &q = b.graph->node(b.id);
  return is_constant(p) && is_constant(q) ? a.graph->constant(f(p.attr.real, q.attr.real)) : Var{};
}

const Op add_op{.name = "add",
                .vjp = [](Rule& r) { r.to(0, [&] { return r.ct(); }), r.to(1, [&] { return r.ct(); }); },
                .run = [](const auto& c) { zip(c, [](auto a, auto b) { return a + b; }); },
                .loop = broadcast_loop};
const Op sub_op{.name = "sub",
                .vjp = [](Rule& r) { r.to(0, [&] { return r.ct(); }), r.to(1, [&] { return -r.ct(); }); },
                .run = [](const auto& c) { zip(c, [](auto a, auto b) { return a - b; }); },
                .loop = broadcast_loop};
const Op mul_op{.name = "mul",
                .vjp =
                    [](Rule& r) {
                      r.to(0, [&] { return r.ct() * r.in(1); });
                      r.to(1, [&] { return r.ct() * r.in(0); });
                    },
                .run = [](const auto& c) { zip(c, [](auto a, auto b) { return a * b; }); },
                .loop = broadcast_loop};
const Op div_op{.name = "div",
                .vjp =
                    [](Rule& r) {
                      r.to(0, [&] { return r.ct() / r.in(1); });
                      r.to(1, [&] { return -(r.ct() * r.y() / r.in(1)); });
                    },
                .run = [](const auto& c) { zip(c, [](auto a, auto b) { return a / b; }); },
                .loop = broadcast_loop};
const Op where_op{.name = "where",
                  .vjp =
                      [](Rule& r) {
                        r.to(1, [&] { return where(r.in(0), r.ct(), scalar(r.ct(), 0)); });
                        r.to(2, [&] { return where(r.in(0), scalar(r.ct(), 0), r.ct()); });
                      },
                  .run =
                      [](const auto& c) {
                        const auto& l = c.loop;
                        walk(l, c.out, c.in, [&](auto* out, const auto* mask, const auto* a, const auto* b) {
                          const auto sm = l.inner_stride(1), sa = l.inner_stride(2), sb = l.inner_stride(3);
                          for (std::int64_t i = 0; i < l.inner(); ++i)
                            out[i] = mask[i * sm] != 0 ? a[i * sa] : b[i * sb];
                        });
                      },
                  .loop = broadcast_loop};

const Op neg_op{.name = "neg",
                .vjp = [](Rule& r) { r.to(0, [&] { return -r.ct(); }); },
                .run = [](const auto& c) { map(c, [](auto x) { return -x; }); }};
const Op square_op{.name = "square",
                   .vjp = [](Rule& r) { r.to(0, [&] { return r.ct() * (2.0 * r.in(0)); }); },
                   .run = [](const auto& c) { map(c, [](auto x) { return x * x; }); }};
const Op sqrt_op{.name = "sqrt",
                 .vjp = [](Rule& r) { r.to(0, [&] { return r.ct() * (0.5 * recip(r.y())); }); },
                 .run = [](const auto& c) { map(c, [](auto x) { return std::sqrt(x); }); }};
const Op recip_op{.name = "recip",
                  .vjp = [](Rule& r) { r.to(0, [&] { return -(r.ct() * square(r.y())); }); },
                  .run = [](const auto& c) { map(c, [](auto x) { return 1 / x; }); }};
const Op exp_op{.name = "exp",
                .vjp = [](Rule& r) { r.to(0, [&] { return r.ct() * r.y(); }); },
                .run = [](const auto& c) { map(c, [](auto x) { return vmath::exp(x); }); }};
const Op log_op{.name = "log",
                .vjp = [](Rule& r) { r.to(0, [&] { return r.ct() / r.in(0); }); },
                .run = [](const auto& c) { map(c, [](auto x) { return vmath::log(x); }); }};
const Op erf_op{
    .name = "erf",
    .vjp = [](Rule& r) { r.to(0, [&] { return r.ct() * (2 * std::numbers::inv_sqrtpi * exp(-square(r.in(0)))); }); },
    .run = [](const auto& c) { map(c, [](auto x) { return vmath::erf(x); }); }};
const Op tanh_op{.name = "tanh",
                 .vjp = [](Rule& r) { r.to(0, [&] { return r.ct() * (1.0 - square(r.y())); }); },
                 .run = [](const auto& c) { map(c, [](auto x) { return vmath::tanh(x); }); }};
const Op sigmoid_op{.name = "sigmoid",
                    .vjp = [](Rule& r) { r.to(0, [&] { return r.ct() * (r.y() * (1.0 - r.y())); }); },
                    .run = [](const auto& c) { map(c, [](auto x) { return vmath::sigmoid(x); }); }};
const Op step_op{.name = "step", .run = [](const auto& c) { map(c, [](auto x) { return decltype(x)(x > 0); }); }};
const Op relu_op{.name = "relu",  // step(y) = step(x): the pre-activation need not be kept
                 .vjp = [](Rule& r) { r.to(0, [&] { return r.ct() * step(r.y()); }); },
                 .run = [](const auto& c) { map(c, [](auto x) { return x < 0 ? decltype(x)(0) : x; }); }};

constexpr double inv_sqrt_2pi = std::numbers::inv_sqrtpi / std::numbers::sqrt2;
const Op gelu_op{.name = "gelu",
                 .vjp =
                     [](Rule& r) {
                       r.to(0, [&] {
                         Var x = r.in(0), cdf = 0.5 + 0.5 * erf((1 / std::numbers::sqrt2) * x);
                         return r.ct() * (cdf + x * (inv_sqrt_2pi * exp(-0.5 * square(x))));
                       });
                     },
                 .run =
                     [](const auto& c) {
                       map(c, [](auto x) {
                         using T = decltype(x);
                         return T(0.5) * x * (1 + vmath::erf(x * T(1 / std::numbers::sqrt2)));
                       });
                     }};

constexpr double gelu_scale = std::numbers::sqrt2 * std::numbers::inv_sqrtpi, gelu_cubic = 0.044715;
const Op gelu_tanh_op{.name = "gelu_tanh",
                      .vjp =
                          [](Rule& r) {
                            r.to(0, [&] {
                              Var x = r.in(0), xx = square(x);
                              Var t = tanh(gelu_scale * (x * (1.0 + gelu_cubic * xx)));
                              Var slope = gelu_scale * (1.0 + (3 * gelu_cubic) * xx);
                              return r.ct() * (0.5 + 0.5 * t + (0.5 * x) * ((1.0 - square(t)) * slope));
                            });
                          },
                      .run =
                          [](const auto& c) {
                            map(c, [](auto x) {
                              using T = decltype(x);
                              return T(0.5) * x * (1 + vmath::tanh(T(gelu_scale) * x * (1 + T(gelu_cubic) * x * x)));
                            });
                          }};

}  // namespace

Var operator+(Var a, Var b) {
  if (Var c = folded(a, b, std::plus<>{})) return c;
  if (is(a, 0)) return expand(b, broadcast_shape("add", a, b));
  if (is(b, 0)) return expand(a, broadcast_shape("add", a, b));
  return binary(add_op, a, b);
}
Var operator-(Var a, Var b) {
  if (Var c = folded(a, b, std::minus<>{})) return c;
  return is(b, 0) ? expand(a, broadcast_shape("sub", a, b)) : binary(sub_op, a, b);
}
Var operator*(Var a, Var b) {
  if (Var c = folded(a, b, std::multiplies<>{})) return c;
  if (is(a, 0) || is(b, 0)) return fill(*a.graph, 0, broadcast_shape("mul", a, b));
  if (is(a, 1)) return expand(b, broadcast_shape("mul", a, b));
  if (is(b, 1)) return expand(a, broadcast_shape("mul", a, b));
  return binary(mul_op, a, b);
}
Var operator/(Var a, Var b) { return is(b, 1) ? expand(a, broadcast_shape("div", a, b)) : binary(div_op, a, b); }
Var operator-(Var x) {
  const Node& n = x.graph->node(x.id);
  if (n.op == &neg_op) return {x.graph, n.in[0]};
  return is_constant(n) ? scalar(x, -n.attr.real) : unary(neg_op, x);
}
Var operator+(double c, Var x) { return scalar(x, c) + x; }
Var operator+(Var x, double c) { return x + scalar(x, c); }
Var operator-(double c, Var x) { return scalar(x, c) - x; }
Var operator-(Var x, double c) { return x - scalar(x, c); }
Var operator*(double c, Var x) { return scalar(x, c) * x; }
Var operator*(Var x, double c) { return c * x; }
Var operator/(Var x, double c) { return (1 / c) * x; }
Var where(Var mask, Var a, Var b) {
  Var ab = expand(a, broadcast_shape("where", a, b));
  return mask.graph->emit(where_op, {mask, a, b}, broadcast_shape("where", mask, ab));
}
Var square(Var x) { return unary(square_op, x); }
Var sqrt(Var x) { return unary(sqrt_op, x); }
Var recip(Var x) { return unary(recip_op, x); }
Var exp(Var x) { return unary(exp_op, x); }
Var log(Var x) { return unary(log_op, x); }
Var erf(Var x) { return unary(erf_op, x); }
Var tanh(Var x) { return unary(tanh_op, x); }
Var sigmoid(Var x) { return unary(sigmoid_op, x); }
Var relu(Var x) { return unary(relu_op, x); }
Var step(Var x) { return unary(step_op, x); }
Var gelu(Var x) { return unary(gelu_op, x); }
Var gelu_tanh(Var x) { return unary(gelu_tanh_op, x); }

const std::vector<const Op*>& elementwise_ops() {
  static const std::vector<const Op*> ops{&add_op,    &sub_op,     &mul_op,   &div_op,  &where_op, &neg_op,
                                          &square_op, &sqrt_op,    &recip_op, &exp_op,  &log_op,   &erf_op,
                                          &tanh_op,   &sigmoid_op, &step_op,  &relu_op, &gelu_op,  &gelu_tanh_op};
  return ops;
}

}  // namespace basin
