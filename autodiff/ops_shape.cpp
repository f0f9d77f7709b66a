// Ops that move numbers without arithmetic.
#include <algorithm>
#include <cstring>
#include <utility>

#include "autodiff/kernels.h"

namespace basin {
namespace {

// attr.ints[0] of slice, pad and concat: the axis, counted from the right.
std::int64_t axis_of(const Node& node) { return node.shape.rank() + node.attr.ints[0]; }

template <class T>
void copy_kernel(const Call<T>& c) {  // out = a along the loop
  const Loop& l = c.loop;
  const std::int64_t n = l.inner(), so = l.inner_stride(0), sa = l.inner_stride(1);
  walk(l, c.out, c.in, [&](T* out, const T* a, const T*, const T*) {
    if (so == 1 && sa == 1) {
      std::memcpy(out, a, n * sizeof(T));
    } else if (so == 1 && sa == 0) {
      std::fill(out, out + n, *a);
    } else {
      for (std::int64_t i = 0; i < n; ++i) out[i * so] = a[i * sa];
    }
  });
}

const Op expand_op{.name = "expand",
                   .vjp = [](Rule& r) { r.to(0, [&] { return r.ct(); }); },
                   .run = [](const auto& c) { copy_kernel(c); },
                   .loop = broadcast_loop};

const Op reshape_op{.name = "reshape",
                    .vjp = [](Rule& r) { r.to(0, [&] { return reshape(r.ct(), r.lead(r.in(0).shape())); }); }};

// attr.ints: the last axes take part, as many as there are entries other than 0; ints[i] says (from the right) where
// axis i of them comes from.
int permute_count(const std::array<std::int64_t, Shape::max_rank>& ints) {
  return int(std::find(ints.begin(), ints.end(), 0) - ints.begin());
}
Var emit_permute(Var x, const std::array<std::int64_t, Shape::max_rank>& ints);
const Op permute_op{.name = "permute",
                    .vjp =
                        [](Rule& r) {
                          r.to(0, [&] {
                            const auto& ints = r.attr().ints;
                            const std::int64_t n = permute_count(ints);
                            auto inverse = ints;
                            for (std::int64_t i = 0; i < n; ++i) inverse[n + ints[i]] = i - n;
                            return emit_permute(r.ct(), inverse);
                          });
                        },
                    .run = [](const auto& c) { copy_kernel(c); },
                    .loop =
                        [](const Graph& g, const Node& node) {
                          const Strides in = contiguous_strides(g.node(node.in[0]).shape);
                          Strides moved = in;
                          const std::int64_t rank = node.shape.rank(), n = permute_count(node.attr.ints);
                          for (std::int64_t i = 0; i < n; ++i) moved[rank - n + i] = in[rank + node.attr.ints[i]];
                          return make_loop(node.shape, {contiguous_strides(node.shape), moved});
                        }};

Var emit_permute(Var x, const std::array<std::int64_t, Shape::max_rank>& ints) {
  const int n = permute_count(ints), rank = x.shape().rank();
  Shape out = x.shape();
  for (int i = 0; i < n; ++i) out[rank - n + i] = x.shape()[int(rank + ints[i])];
  return x.graph->emit(permute_op, {x}, out, {.ints = ints});
}

// attr.ints = {axis, begin}: elements begin … begin + length of the output.
const Op slice_op{
    .name = "slice",
    .vjp =
        [](Rule& r) {
          r.to(0, [&] {
            const auto [axis, begin] = std::pair{r.attr().ints[0], r.attr().ints[1]};
            const std::int64_t length = r.y().shape().back(int(-axis)), full = r.in(0).shape().back(int(-axis));
            return pad(r.ct(), axis, begin, full - begin - length);
          });
        },
    .run =
        [](const auto& c) {
          auto from = c;
          const auto& in = c.graph->node(c.node_in[0]).shape;
          from.in[0] += c.node->attr.ints[1] * contiguous_strides(in)[axis_of(*c.node)];
          copy_kernel(from);
        },
    .loop =
        [](const Graph& g, const Node& node) {
          return make_loop(node.shape, {contiguous_strides(node.shape), contiguous_strides(g.node(node.in[0]).shape)});
        }};

// attr.ints = {axis, before}.
const Op pad_op{.name = "pad",
                .vjp =
                    [](Rule& r) {
                      r.to(0, [&] {
                        const auto [axis, before] = std::pair{r.attr().ints[0], r.attr().ints[1]};
                        return slice(r.ct(), axis, before, before + r.in(0).shape().back(int(-axis)));
                      });
                    },
                .run =
                    [](const auto& c) {
                      auto to = c;
                      std::fill(c.out, c.out + c.n, 0);
                      to.out += c.node->attr.ints[1] * contiguous_strides(c.node->shape)[axis_of(*c.node)];
                      copy_kernel(to);
                    },
                .loop =
                    [](const Graph& g, const Node& node) {
                      const Shape& in = g.node(node.in[0]).shape;
                      return make_loop(in, {contiguous_strides(node.shape), contiguous_strides(in)});
                    }};

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
  return n.op == &expand_op ? constant_of({x.graph, n.in[0]}) : Var{};
}

Var expand(Var x, const Shape& shape) {
  require_values("expand", {x});
  if (x.shape() == shape) return x;
  bool fits = x.shape().rank() <= shape.rank();
  for (int i = 1; fits && i <= x.shape().rank(); ++i)
    fits = x.shape().back(i) == 1 || x.shape().back(i) == shape.back(i);
  if (!fits) shape_error("expand", {x}, "cannot repeat to " + shape.str());
  if (Var c = constant_of(x); c && !(c == x)) return expand(c, shape);
  return x.graph->emit(expand_op, {x}, shape);
}

Var reshape(Var x, const Shape& shape) {
  require_values("reshape", {x});
  if (x.shape() == shape) return x;
  if (x.shape().numel() != shape.numel())
    shape_error("reshape", {x}, "wanted " + shape.str() + ", which has " + std::to_string(shape.numel()) + " elements");
  if (Var c = constant_of(x)) return expand(c, shape);
  return x.graph->emit(reshape_op, {x}, shape);
}

Var permute(Var x, std::span<const std::int64_t> axes) {
  require_values("permute", {x});
  std::array<std::int64_t, Shape::max_rank> ints{};
  const int n = int(axes.size());
  std::array<bool, Shape::max_rank> taken{};
  if (n > x.shape().rank()) shape_error("permute", {x}, "more axes given than the value has");
  int i = 0;
  for (std::int64_t axis : axes) {
    checked_axis("permute", x, axis);
    if (axis < -n || std::exchange(taken[-axis - 1], true))
      shape_error("permute", {x}, "wanted each of the last axes once");
    ints[i++] = axis;
  }
  return emit_permute(x, ints);
}

Var transpose(Var x) { return permute(x, {-1, -2}); }

Var slice(Var x, std::int64_t axis, std::int64_t begin, std::int64_t end) {
  require_values("slice", {x});
  const int a = checked_axis("slice", x, axis);
  if (begin < 0 || end < begin || end > x.shape()[a])
    shape_error("slice", {x},
                "elements " + std::to_string(begin) + " to " + std::to_string(end) + " of axis " +
                    std::to_string(axis) + " are outside the value");
  Shape shape = x.shape();
  shape[a] = end - begin;
  return shape == x.shape() ? x : x.graph->emit(slice_op, {x}, shape, {.ints = {axis, begin}});
}

Var pad(Var x, std::int64_t axis, std::int64_t before, std::int64_t after) {
  require_values("pad", {x});
  const int a = checked_axis("pad", x, axis);
  if (before < 0 || after < 0) shape_error("pad", {x}, "a negative length was given");
  Shape shape = x.shape();
  shape[a] += before + after;
  return shape == x.shape() ? x : x.graph->emit(pad_op, {x}, shape, {.ints = {axis, before}});
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
