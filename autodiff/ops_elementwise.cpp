// Elementwise ops. Each is one paragraph: kernel and rule in the Op, shape in the function that emits it.
#include <bit>
#include <cmath>
#include <functional>
#include <numbers>

#include "autodiff/kernels.h"
#include "core/vmath.h"

namespace basin {
namespace {

Var binary(const Op& op, Var a, Var b) { return a.graph->emit(op, {a, b}, broadcast_shape(op.name, a, b)); }
Var unary(const Op& op, Var x) {
  require_values(op.name, {x});
  return x.graph->emit(op, {x}, x.shape());
}
Var scalar(std::string_view op, Var like, double c) {  // a constant beside a value that `op` takes
  require_values(op, {like});
  return like.graph->constant(c);
}
bool is(Var v, double c) { return is_constant(v.graph->node(v.id), c); }

// Both are constants: the folded constant, else nothing.
template <class F>
Var folded(std::string_view op, Var a, Var b, F f) {
  require_values(op, {a, b});
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
                        r.to(1, [&] { return where(r.in(0), r.ct(), r.graph().constant(0)); });
                        r.to(2, [&] { return where(r.in(0), r.graph().constant(0), r.ct()); });
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
// + 0: the root of -0 is +0, so that its slope is +inf.
const Op sqrt_op{.name = "sqrt",
                 .vjp = [](Rule& r) { r.to(0, [&] { return r.ct() * (0.5 * recip(r.y())); }); },
                 .run = [](const auto& c) { map(c, [](auto x) { return std::sqrt(x) + 0; }); }};
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
    .vjp =
        [](Rule& r) { r.to(0, [&] { return r.ct() * (2 * std::numbers::inv_sqrtpi * exp(-square(tame(r.in(0))))); }); },
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

// attr.real is the lower end; attr.ints[0] holds the bits of the upper one.
double upper(const Node& node) { return std::bit_cast<double>(node.attr.ints[0]); }
const Op clamp_op{.name = "clamp",
                  .vjp =
                      [](Rule& r) {
                        r.to(0, [&] {
                          const double high = std::bit_cast<double>(r.attr().ints[0]);
                          return r.ct() * (step(r.in(0) - r.attr().real) * step(high - r.in(0)));
                        });
                      },
                  .run =
                      [](const auto& c) {
                        map(c, [low = c.node->attr.real, high = upper(*c.node)](auto x) {
                          using T = decltype(x);
                          return x < T(low) ? T(low) : x > T(high) ? T(high) : x;
                        });
                      }};

}  // namespace

Var operator+(Var a, Var b) {
  if (Var c = folded("add", a, b, std::plus<>{})) return c;
  if (is(a, 0)) return expand(b, broadcast_shape("add", a, b));
  if (is(b, 0)) return expand(a, broadcast_shape("add", a, b));
  return binary(add_op, a, b);
}
Var operator-(Var a, Var b) {
  if (Var c = folded("sub", a, b, std::minus<>{})) return c;
  return is(b, 0) ? expand(a, broadcast_shape("sub", a, b)) : binary(sub_op, a, b);
}
Var operator*(Var a, Var b) {
  if (Var c = folded("mul", a, b, std::multiplies<>{})) return c;
  if (is(a, 0) || is(b, 0)) return fill(*a.graph, 0, broadcast_shape("mul", a, b));
  if (is(a, 1)) return expand(b, broadcast_shape("mul", a, b));
  if (is(b, 1)) return expand(a, broadcast_shape("mul", a, b));
  return binary(mul_op, a, b);
}
Var operator/(Var a, Var b) {
  require_values("div", {a, b});
  return is(b, 1) ? expand(a, broadcast_shape("div", a, b)) : binary(div_op, a, b);
}
Var operator-(Var x) {
  require_values("neg", {x});
  const Node& n = x.graph->node(x.id);
  if (n.op == &neg_op) return {x.graph, n.in[0]};
  return is_constant(n) ? x.graph->constant(-n.attr.real) : unary(neg_op, x);
}
Var operator+(double c, Var x) { return scalar("add", x, c) + x; }
Var operator+(Var x, double c) { return x + scalar("add", x, c); }
Var operator-(double c, Var x) { return scalar("sub", x, c) - x; }
Var operator-(Var x, double c) { return x - scalar("sub", x, c); }
Var operator*(double c, Var x) { return scalar("mul", x, c) * x; }
Var operator*(Var x, double c) { return c * x; }
Var operator/(Var x, double c) { return (1 / c) * x; }
Var where(Var mask, Var a, Var b) {
  require_values("where", {mask, a, b});
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
Var clamp(Var x, double low, double high) {
  require_values("clamp", {x});
  if (!(low <= high))
    shape_error("clamp", {x}, "from " + std::to_string(low) + " to " + std::to_string(high) + " is no range");
  Attributes limits{.real = low};
  limits.ints[0] = std::bit_cast<std::int64_t>(high);
  return x.graph->emit(clamp_op, {x}, x.shape(), limits);
}
Var tame(Var x) { return clamp(x, -40, 40); }

}  // namespace basin
