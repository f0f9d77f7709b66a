// Elementwise ops of one value. Each is one paragraph: kernel and rule in the Op, shape in the function that emits it.
#include <bit>
#include <cmath>
#include <numbers>

#include "autodiff/kernels.h"
#include "core/vmath.h"

namespace basin {
namespace {

const Op square_op{.name = "square",
                   .vjp = [](Rule& r) { r.to(0, [&] { return r.ct() * (2.0 * r.in(0)); }); },
                   .run = [](const auto& c) { map(c, [](auto x) { return x * x; }); }};
// + 0: the root of -0 is +0, so that its slope is +inf.
const Op sqrt_op{.name = "sqrt",
                 .vjp = [](Rule& r) { r.to(0, [&] { return r.ct() * (0.5 * recip(r.y())); }); },
                 .run = [](const auto& c) { map(c, [](auto x) { return std::sqrt(x) + 0; }); }};
const Op rsqrt_op{.name = "rsqrt",
                  .vjp = [](Rule& r) { r.to(0, [&] { return r.ct() * ((-0.5 * r.y()) * square(r.y())); }); },
                  .run = [](const auto& c) { map(c, [](auto x) { return 1 / (std::sqrt(x) + 0); }); }};
const Op recip_op{.name = "recip",
                  .vjp = [](Rule& r) { r.to(0, [&] { return -(r.ct() * square(r.y())); }); },
                  .run = [](const auto& c) { map(c, [](auto x) { return 1 / x; }); }};
// NaN stays NaN.
const Op sign_op{.name = "sign", .run = [](const auto& c) {
                   map(c, [](auto x) { return x > 0 ? decltype(x)(1) : x < 0 ? decltype(x)(-1) : x; });
                 }};
const Op abs_op{.name = "abs",
                .vjp = [](Rule& r) { r.to(0, [&] { return r.ct() * sign(r.in(0)); }); },
                .run = [](const auto& c) { map(c, [](auto x) { return std::abs(x); }); }};
const Op sin_op{.name = "sin",
                .vjp = [](Rule& r) { r.to(0, [&] { return r.ct() * cos(r.in(0)); }); },
                .run = [](const auto& c) { map(c, [](auto x) { return std::sin(x); }); }};
const Op cos_op{.name = "cos",
                .vjp = [](Rule& r) { r.to(0, [&] { return -(r.ct() * sin(r.in(0))); }); },
                .run = [](const auto& c) { map(c, [](auto x) { return std::cos(x); }); }};
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

// x p, p = sigmoid(x): the slope is p (1 + x (1 - p)). Beyond ±800, p is 0 or 1 in T, and an infinite x would make
// 0 * inf of the product.
const Op silu_op{.name = "silu",
                 .vjp =
                     [](Rule& r) {
                       r.to(0, [&] {
                         Var x = clamp(r.in(0), -800, 800), p = sigmoid(x);
                         return r.ct() * (p * (1.0 + x * (1.0 - p)));
                       });
                     },
                 .run =
                     [](const auto& c) {
                       map(c, [](auto x) {
                         const auto p = vmath::sigmoid(x);
                         return p == 0 ? p : x * p;
                       });
                     }};

// log(1 + e): log u e / (u - 1) makes good for the rounding of u = 1 + e.
template <class T>
T log_one_plus(T e) {
  const T u = 1 + e;
  return u == 1 ? e : vmath::log(u) * (e / (u - 1));
}
const Op softplus_op{
    .name = "softplus",
    .vjp = [](Rule& r) { r.to(0, [&] { return r.ct() * sigmoid(r.in(0)); }); },
    .run =
        [](const auto& c) { map(c, [](auto x) { return (x < 0 ? 0 : x) + log_one_plus(vmath::exp(-std::abs(x))); }); }};

// A view: it costs nothing.
const Op stop_gradient_op{.name = "stop_gradient"};

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

Var square(Var x) { return unary(square_op, x); }
Var sqrt(Var x) { return unary(sqrt_op, x); }
Var rsqrt(Var x) { return unary(rsqrt_op, x); }
Var recip(Var x) { return unary(recip_op, x); }
Var abs(Var x) { return unary(abs_op, x); }
Var sign(Var x) { return unary(sign_op, x); }
Var sin(Var x) { return unary(sin_op, x); }
Var cos(Var x) { return unary(cos_op, x); }
Var exp(Var x) { return unary(exp_op, x); }
Var log(Var x) { return unary(log_op, x); }
Var erf(Var x) { return unary(erf_op, x); }
Var tanh(Var x) { return unary(tanh_op, x); }
Var sigmoid(Var x) { return unary(sigmoid_op, x); }
Var relu(Var x) { return unary(relu_op, x); }
Var step(Var x) { return unary(step_op, x); }
Var silu(Var x) { return unary(silu_op, x); }
Var softplus(Var x) { return unary(softplus_op, x); }
Var stop_gradient(Var x) { return unary(stop_gradient_op, x); }
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
