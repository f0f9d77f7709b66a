// Ops that choose by size. Where numbers are equal the first is taken, in values and derivatives alike.
#include "autodiff/kernels.h"

namespace basin {
namespace {

const Op greater_op{.name = "greater",
                    .run = [](const auto& c) { zip(c, [](auto a, auto b) { return decltype(a)(a > b); }); },
                    .loop = broadcast_loop};

// The cotangent goes to b where `to_b` is not zero, else to a.
void share(Rule& r, Var to_b) {
  r.to(0, [&] { return where(to_b, r.graph().constant(0), r.ct()); });
  r.to(1, [&] { return where(to_b, r.ct(), r.graph().constant(0)); });
}

const Op maximum_op{.name = "maximum",
                    .vjp = [](Rule& r) { share(r, greater(r.in(1), r.in(0))); },
                    .run = [](const auto& c) { zip(c, [](auto a, auto b) { return b > a || b != b ? b : a; }); },
                    .loop = broadcast_loop};
const Op minimum_op{.name = "minimum",
                    .vjp = [](Rule& r) { share(r, greater(r.in(0), r.in(1))); },
                    .run = [](const auto& c) { zip(c, [](auto a, auto b) { return b < a || b != b ? b : a; }); },
                    .loop = broadcast_loop};

template <class T>
std::int64_t first_largest(const T* x, std::int64_t n) {
  std::int64_t best = 0;
  for (std::int64_t i = 1; i < n && x[best] == x[best]; ++i)
    if (x[i] > x[best] || x[i] != x[i]) best = i;
  return best;
}

const Op argmax_op{.name = "argmax", .run = one_lane([](const auto& c) {
                                       const std::int64_t n = c.graph->node(c.node_in[0]).shape.back();
                                       for (std::int64_t i = 0; i < c.n; ++i)
                                         c.out[i] = decltype(+*c.out)(first_largest(c.in[0] + i * n, n));
                                     })};

constexpr std::int64_t longest_axis = std::int64_t(1) << 24;  // up to here float has every whole number

Var binary(const Op& op, Var a, Var b) {
  require_values(op.name, {a, b});
  return a.graph->emit(op, {a, b}, broadcast_shape(op.name, a, b));
}

Var index_of_largest(std::string_view op, Var x) {
  require_last_axis(op, {x});
  if (x.shape().back() > longest_axis) shape_error(op, {x}, "its last axis is longer than an index can be in float");
  return x.graph->emit(argmax_op, {x}, x.shape().first(x.shape().rank() - 1));
}

// The axis moved to the end, the order of the others kept.
Var with_axis_last(Var x, std::int64_t axis) {
  std::vector<std::int64_t> order;
  for (std::int64_t i = axis + 1; i < 0; ++i) order.push_back(i);
  order.push_back(axis);
  return order.size() == 1 ? x : permute(x, order);
}

// The entry of x at which `by` has its largest, along one axis.
Var at_largest(std::string_view op, Var x, Var by, std::initializer_list<std::int64_t> axis, bool keep) {
  if (axis.size() != 1)
    shape_error(op, {x}, "wanted one axis, " + std::to_string(axis.size()) + " given; help: reduce them one by one");
  Shape kept = x.shape();
  kept[checked_axis(op, x, *axis.begin())] = 1;
  const Var largest = pick(with_axis_last(x, *axis.begin()), index_of_largest(op, with_axis_last(by, *axis.begin())));
  return keep ? reshape(largest, kept) : largest;
}

}  // namespace

Var maximum(Var a, Var b) { return binary(maximum_op, a, b); }
Var minimum(Var a, Var b) { return binary(minimum_op, a, b); }
Var greater(Var a, Var b) { return binary(greater_op, a, b); }
Var argmax(Var x) { return index_of_largest("argmax", x); }

Var max(Var x, std::initializer_list<std::int64_t> axis, bool keep) {
  require_values("max", {x});
  return at_largest("max", x, x, axis, keep);
}

Var min(Var x, std::initializer_list<std::int64_t> axis, bool keep) {
  require_values("min", {x});
  return at_largest("min", x, -x, axis, keep);
}

}  // namespace basin
