// Arithmetic, broadcasting. Each op is one paragraph: kernel and rule in the Op, shape in the function that emits it.
// Constants fold while tracing, filled ones too: what a derivative rule multiplies by costs one factor, not a pass.
#include <functional>

#include "autodiff/kernels.h"

namespace basin {
namespace {

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
template <class T>
void choose(T* out, const T* mask, const T* a, const T* b) {
  for (int l = 0; l < lanes_of<T>; ++l) scalars(out)[l] = scalars(mask)[l] != 0 ? scalars(a)[l] : scalars(b)[l];
}
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
                            choose(out + i, mask + i * sm, a + i * sa, b + i * sb);
                        });
                      },
                  .loop = broadcast_loop};

const Op neg_op{.name = "neg",
                .vjp = [](Rule& r) { r.to(0, [&] { return -r.ct(); }); },
                .run = [](const auto& c) { map(c, [](auto x) { return -x; }); }};
Var scalar(std::string_view op, Var like, double c) {  // a constant beside a value that `op` takes
  require_values(op, {like});
  return like.graph->constant(c);
}

double number_of(Var constant) { return constant.graph->node(constant.id).attr.real; }

// Operands of a binary op, and the constants that fill them.
struct Pair {
  Pair(std::string_view op, Var left, Var right) : a(left), b(right) {
    require_values(op, {a, b});
    out = broadcast_shape(op, a, b);
    constant_a = constant_of(a), constant_b = constant_of(b);
    if (constant_a && b.shape() == out) a = constant_a;  // no need to repeat it
    if (constant_b && a.shape() == out) b = constant_b;
  }
  bool constant() const { return constant_a && constant_b; }
  bool a_is(double c) const { return constant_a && number_of(constant_a) == c; }
  bool b_is(double c) const { return constant_b && number_of(constant_b) == c; }
  template <class F>
  Var folded(F f) const {
    return fill(*a.graph, f(number_of(constant_a), number_of(constant_b)), out);
  }
  Var emit(const Op& op) const { return a.graph->emit(op, {a, b}, out); }

  Var a, b, constant_a, constant_b;
  Shape out;
};

}  // namespace

Var operator+(Var a, Var b) {
  const Pair p("add", a, b);
  if (p.constant()) return p.folded(std::plus<>{});
  if (p.a_is(0)) return expand(b, p.out);
  return p.b_is(0) ? expand(a, p.out) : p.emit(add_op);
}
Var operator-(Var a, Var b) {
  const Pair p("sub", a, b);
  if (p.constant()) return p.folded(std::minus<>{});
  return p.b_is(0) ? expand(a, p.out) : p.emit(sub_op);
}
Var operator*(Var a, Var b) {
  Pair p("mul", a, b);
  if (p.constant()) return p.folded(std::multiplies<>{});
  if (p.a_is(0) || p.b_is(0)) return fill(*a.graph, 0, p.out);
  if (p.a_is(1)) return expand(b, p.out);
  if (p.b_is(1)) return expand(a, p.out);
  if (p.constant_b) std::swap(p.a, p.b);  // c x and x c are one value
  return p.emit(mul_op);
}
Var operator/(Var a, Var b) {
  const Pair p("div", a, b);
  return p.b_is(1) ? expand(a, p.out) : p.emit(div_op);
}
Var operator-(Var x) {
  require_values("neg", {x});
  if (Var c = constant_of(x)) return fill(*x.graph, -number_of(c), x.shape());
  return unary(neg_op, x);
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

}  // namespace basin
