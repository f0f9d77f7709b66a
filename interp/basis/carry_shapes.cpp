#include "interp/basis/carry_shapes.h"

#include "autodiff/loop.h"
#include "autodiff/ops.h"

namespace basin::interp {
namespace {

// As many axes as the value has, with ones in front.
Var of_rank(Var constant, int rank) {
  Shape shape;
  for (int axis = constant.shape().rank(); axis < rank; ++axis) shape.push_back(1);
  return reshape(constant, shape + constant.shape());
}

// One stretch of axes of a reshape: in[in_first, in_end) becomes out[out_first, out_end), with as many elements.
struct Stretch {
  int in_first = 0, in_end = 0, out_first = 0, out_end = 0;
};

std::vector<Stretch> stretches(const Shape& in, const Shape& out) {
  std::vector<Stretch> all;
  int i = 0, o = 0;
  while (i < in.rank() || o < out.rank()) {
    Stretch s{i, i, o, o};
    std::int64_t a = 1, b = 1;
    do {
      if (i < in.rank() && (a <= b || o == out.rank()))
        a *= in[i++];
      else
        b *= out[o++];
    } while (a != b);
    s.in_end = i, s.out_end = o;
    all.push_back(s);
  }
  return all;
}

// Whether the constant is told apart along all axes of the stretch, so that it is reshaped as the value is.
bool is_full(const Shape& constant, const Shape& in, const Stretch& s) {
  for (int axis = s.in_first; axis < s.in_end; ++axis)
    if (constant[axis] != in[axis]) return false;
  return true;
}

}  // namespace

std::optional<Var> reshaped(Var constant, const Shape& in, const Shape& out) {
  if (!constant) return constant;
  Var c = of_rank(constant, in.rank());
  Shape shape;
  for (const Stretch& s : stretches(in, out)) {
    const Shape lengths = out.first(s.out_end).last(s.out_end - s.out_first);
    if (is_full(c.shape(), in, s)) {
      shape = shape + lengths;
      continue;
    }
    const bool into_last = s.in_end == in.rank() && s.in_end - s.in_first > 1;
    for (int axis = s.in_first; axis < s.in_end; ++axis) {
      if (c.shape()[axis] == 1) continue;
      if (!into_last) return std::nullopt;
      c = mean(c, {axis - in.rank()}, true);
    }
    for (int axis = s.out_first; axis < s.out_end; ++axis) shape.push_back(1);
  }
  return reshape(c, shape);
}

std::optional<Var> viewed(Var constant, const Shape& in, const Node& view) {
  if (!constant) return constant;
  const Strides own = contiguous_strides(in);
  Var c = of_rank(constant, in.rank());
  // Axes of the view by the axis they show, or -1; where each axis of the input begins.
  std::vector<int> shows(std::size_t(view.shape.rank()), -1);
  std::vector<bool> shown(std::size_t(in.rank()));
  for (int axis = 0; axis < view.shape.rank(); ++axis)
    for (int from = 0; from < in.rank() && view.attr.ints[axis] > 0; ++from)
      if (own[from] == view.attr.ints[axis] && in[from] > 1 && !shown[from]) shows[axis] = from, shown[from] = true;
  for (int axis = 0; axis < view.shape.rank(); ++axis)
    if (view.attr.ints[axis] > 0 && shows[axis] < 0) return std::nullopt;  // a stride of its own, such as a diagonal
  Strides begin{};
  for (int axis = 0, rank = in.rank(); axis < rank; ++axis)
    begin[axis] = in[axis] > 0 ? view.attr.offset / own[axis] % in[axis] : 0;
  std::vector<std::int64_t> order;  // shown axes as they come, then the others, of length 1
  Shape shape;
  for (int axis = 0; axis < view.shape.rank(); ++axis) {
    const int from = shows[axis];
    if (from < 0) {
      shape.push_back(1);
      continue;
    }
    if (c.shape()[from] > 1) c = slice(c, from - in.rank(), begin[from], begin[from] + view.shape[axis]);
    order.push_back(from - in.rank());
    shape.push_back(c.shape()[from]);
  }
  for (int from = 0; from < in.rank(); ++from) {
    if (shown[from]) continue;
    if (c.shape()[from] > 1) c = slice(c, from - in.rank(), begin[from], begin[from] + 1);
    order.push_back(from - in.rank());
  }
  if (shape.rank() > 0 && shape.back() > 1) return std::nullopt;
  return reshape(permute(c, order), shape);
}

Var along_rows(Var constant, const Shape& value) {
  Var c = of_rank(constant, value.rank());
  Shape shape = c.shape();
  shape[value.rank() - 2] = value.back(2);
  return expand(c, shape);
}

}  // namespace basin::interp
