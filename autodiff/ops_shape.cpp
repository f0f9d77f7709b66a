// Ops that move numbers without arithmetic.
#include <algorithm>
#include <cstring>
#include <utility>

#include "autodiff/kernels.h"

namespace basin {
namespace {

// Steps of axes through a value of `numel` elements, behind leading axes.
Attributes behind(const Shape& lead, const Attributes& steps, int rank, std::int64_t numel) {
  Attributes all{.ints = contiguous_strides(lead), .offset = steps.offset};
  for (int i = 0; i < lead.rank(); ++i) all.ints[i] *= numel;
  std::copy_n(steps.ints.begin(), rank, all.ints.begin() + lead.rank());
  return all;
}

template <class T>
void copy_along(const Loop& l, T* to, const T* from) {
  const std::int64_t n = l.inner(), so = l.inner_stride(0), sa = l.inner_stride(1);
  walk(l, to, {from, from, from}, [&](T* out, const T* a, const T*, const T*) {
    if (so == 1 && sa == 1) {
      std::memcpy(out, a, n * sizeof(T));
    } else if (so == 1 && sa == 0) {
      std::fill(out, out + n, *a);
    } else {
      for (std::int64_t i = 0; i < n; ++i) out[i * so] = a[i * sa];
    }
  });
}

const Op reshape_op{.name = "reshape",
                    .vjp = [](Rule& r) { r.to(0, [&] { return reshape(r.ct(), r.lead(r.in(0).shape())); }); }};

const Op alias_op{.name = "alias", .vjp = [](Rule& r) { r.to(0, [&] { return r.ct(); }); }};

Var emit_view(Var x, const Shape& shape, Attributes steps);
Var emit_pad(Var x, const Shape& shape, const Attributes& steps);

// Any selection, order and repetition of axes. attr.ints: the strides of its axes in the input, 0 along repeated ones
// and those of length 1; attr.offset: its first element. Backwards: sum what was repeated, put the rest where it was.
const Op view_op{.name = "view",
                 .vjp =
                     [](Rule& r) {
                       r.to(0, [&] {
                         Shape once = r.ct().shape();
                         for (int axis = 0; axis < r.y().shape().rank(); ++axis)
                           if (r.attr().ints[axis] == 0) once[r.seeds() + axis] = 1;
                         const Shape& in = r.in(0).shape();
                         return emit_pad(sum_to(r.ct(), once), r.lead(in),
                                         behind(r.lead({}), r.attr(), r.y().shape().rank(), in.numel()));
                       });
                     },
                 .run = [](const auto& c) { copy_along(c.loop, c.out, c.in[0] + c.node->attr.offset); },
                 .loop =
                     [](const Graph&, const Node& node) {
                       return make_loop(node.shape, {contiguous_strides(node.shape), node.attr.ints});
                     }};

// The other way round: zeros, and the input's axes laid out with these strides.
const Op pad_op{.name = "pad",
                .vjp =
                    [](Rule& r) {
                      r.to(0, [&] {
                        const Shape& in = r.in(0).shape();
                        return emit_view(r.ct(), r.lead(in),
                                         behind(r.lead({}), r.attr(), in.rank(), r.y().shape().numel()));
                      });
                    },
                .run =
                    [](const auto& c) {
                      std::fill(c.out, c.out + c.n, 0);
                      copy_along(c.loop, c.out + c.node->attr.offset, c.in[0]);
                    },
                .loop =
                    [](const Graph& g, const Node& node) {
                      const Shape& in = g.node(node.in[0]).shape;
                      return make_loop(in, {node.attr.ints, contiguous_strides(in)});
                    }};

bool is_one_stretch(const Node& view) { return view.attr.ints == broadcast_strides(view.shape, view.shape); }

// Where element i of a view lies in its input.
std::int64_t place(const Node& view, std::int64_t i) {
  const Strides own = contiguous_strides(view.shape);
  std::int64_t at = view.attr.offset;
  for (int axis = 0; axis < view.shape.rank(); ++axis) at += i / own[axis] % view.shape[axis] * view.attr.ints[axis];
  return at;
}

// Strides along axes of length 1 mean nothing: 0. So does all where nothing is shown, and its derivative, a sum of
// nothing, must have a place inside the input.
Var emit_view(Var x, const Shape& shape, Attributes steps) {
  if (shape.numel() == 0) steps = {};
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (shape[axis] == 1) steps.ints[axis] = 0;
  if (const Var c = constant_of(x); c && !(c == x)) return emit_view(c, shape, {});
  const Node view{.op = &view_op, .shape = shape, .attr = steps};
  return shape == x.shape() && is_one_stretch(view) ? x : x.graph->emit(view_op, {x}, shape, steps);
}

Var emit_pad(Var x, const Shape& shape, const Attributes& steps) {
  if (x.shape().numel() != shape.numel()) return x.graph->emit(pad_op, {x}, shape, steps);
  // Nothing is left to fill: the same axes in another order.
  const Strides own = contiguous_strides(x.shape()), to = contiguous_strides(shape);
  Attributes back;
  for (int i = 0; i < x.shape().rank(); ++i)
    for (int axis = 0; axis < shape.rank(); ++axis)
      if (steps.ints[i] == to[axis]) back.ints[axis] = own[i];
  return emit_view(x, shape, back);
}

// attr.ints[0]: the axis, counted from the right.
std::int64_t axis_of(const Node& node) { return node.shape.rank() + node.attr.ints[0]; }

// attr.ints = {axis}. The parts' shapes agree except along the axis.
const Op concat_op{.name = "concat",
                   .vjp =
                       [](Rule& r) {
                         const std::int64_t axis = r.attr().ints[0], cut = r.in(0).shape().back(int(-axis));
                         r.to(0, [&] { return slice(r.ct(), axis, 0, cut); });
                         r.to(1, [&] { return slice(r.ct(), axis, cut, r.y().shape().back(int(-axis))); });
                       },
                   .run =
                       [](const auto& c) {
                         const std::int64_t axis = axis_of(*c.node);
                         const Shape &a = c.graph->node(c.node_in[0]).shape, &b = c.graph->node(c.node_in[1]).shape;
                         const std::int64_t outer = a.first(int(axis)).numel();
                         const std::int64_t na = outer ? a.numel() / outer : 0, nb = outer ? b.numel() / outer : 0;
                         for (std::int64_t i = 0; i < outer; ++i) {
                           auto* out = c.out + i * (na + nb);
                           std::copy_n(c.in[0] + i * na, na, out);
                           std::copy_n(c.in[1] + i * nb, nb, out + na);
                         }
                       }};

}  // namespace

Var constant_of(Var x) {
  const Node& n = x.graph->node(x.id);
  if (is_constant(n)) return x;
  const Var in{x.graph, n.in[0]};
  return is_view(n) && is_constant(x.graph->node(in.id)) ? in : Var{};
}

bool is_view(const Node& node) { return node.op == &view_op; }
bool is_pad(const Node& node) { return node.op == &pad_op; }
bool is_alias(const Node& node) {
  return node.in[0] >= 0 && (!node.op->run || (is_view(node) && is_one_stretch(node)));
}

Var view_behind(const Node& node, const Shape& in, Var x) {
  const Shape lead = x.shape().first(x.shape().rank() - in.rank());
  if (node.op == &pad_op) return emit_pad(x, lead + node.shape, behind(lead, node.attr, in.rank(), node.shape.numel()));
  return emit_view(x, lead + node.shape, behind(lead, node.attr, node.shape.rank(), in.numel()));
}

// Every stride of a view is that of an axis of what it is a view of.
Node view_through(const Node& outer, const Node& inner) {
  Node view = outer;
  view.in = inner.in;
  if (outer.shape.numel() == 0) return view;
  const std::int64_t first = place(inner, outer.attr.offset);
  for (auto& stride : view.attr.ints) stride = place(inner, outer.attr.offset + stride) - first;
  view.attr.offset = first;
  return view;
}

Var expand(Var x, const Shape& shape) {
  require_values("expand", {x});
  if (!broadcasts_to(x.shape(), shape)) shape_error("expand", {x}, "cannot repeat to " + shape.str());
  return emit_view(x, shape, {.ints = broadcast_strides(x.shape(), shape)});
}

Var reshape(Var x, const Shape& shape) {
  require_values("reshape", {x});
  if (x.shape() == shape) return x;
  if (x.shape().numel() != shape.numel())
    shape_error("reshape", {x}, "wanted " + shape.str() + ", which has " + std::to_string(shape.numel()) + " elements");
  if (Var c = constant_of(x)) return expand(c, shape);
  return x.graph->emit(reshape_op, {x}, shape);
}

Var alias(Var x) {
  require_values("alias", {x});
  return unary(alias_op, x);
}

Var permute(Var x, std::span<const std::int64_t> axes) {
  require_values("permute", {x});
  const int n = int(axes.size()), rank = x.shape().rank();
  if (n > rank) shape_error("permute", {x}, "more axes given than the value has");
  const Strides own = contiguous_strides(x.shape());
  Shape shape = x.shape();
  Attributes steps{.ints = own};
  std::array<bool, Shape::max_rank> taken{};
  int to = rank - n;
  for (std::int64_t axis : axes) {
    const int from = checked_axis("permute", x, axis);
    if (axis < -n || std::exchange(taken[from], true)) shape_error("permute", {x}, "wanted each of the last axes once");
    shape[to] = x.shape()[from];
    steps.ints[to++] = own[from];
  }
  return emit_view(x, shape, steps);
}

Var transpose(Var x) { return permute(x, {-1, -2}); }

Var slice(Var x, std::int64_t axis, std::int64_t begin, std::int64_t end) {
  require_values("slice", {x});
  const int a = checked_axis("slice", x, axis);
  if (begin < 0 || end < begin || end > x.shape()[a])
    shape_error("slice", {x},
                "elements " + std::to_string(begin) + " to " + std::to_string(end) + " of axis " +
                    std::to_string(axis) + " are outside the value");
  const Strides own = contiguous_strides(x.shape());
  Shape shape = x.shape();
  shape[a] = end - begin;
  return emit_view(x, shape, {.ints = own, .offset = begin * own[a]});
}

Var pad(Var x, std::int64_t axis, std::int64_t before, std::int64_t after) {
  require_values("pad", {x});
  const int a = checked_axis("pad", x, axis);
  if (before < 0 || after < 0) shape_error("pad", {x}, "a negative length was given");
  Shape shape = x.shape();
  shape[a] += before + after;
  const Strides own = contiguous_strides(shape);
  return emit_pad(x, shape, {.ints = own, .offset = before * own[a]});
}

Var concat(const std::vector<Var>& parts, std::int64_t axis) {
  if (parts.empty()) throw ShapeError("concat: no parts given");
  require_values("concat", parts);
  Var all = parts[0];
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const int a = checked_axis("concat", all, axis);
    Shape shape = all.shape(), part = parts[i].shape();
    if (part.rank() != shape.rank()) shape_error("concat", {all, parts[i]}, "ranks differ");
    shape[a] += std::exchange(part[a], shape[a]);
    if (part[a] = shape[a]; !(part == shape))
      shape_error("concat", {all, parts[i]}, "other axes than the joined one differ");
    all = all.graph->emit(concat_op, {all, parts[i]}, shape, {.ints = {axis}});
  }
  return all;
}

Var fill(Graph& graph, double value, const Shape& shape) { return expand(graph.constant(value), shape); }

}  // namespace basin
