// Running sums along an axis.
#include "autodiff/kernels.h"

namespace basin {
namespace {

Var running_sum(Var x, std::int64_t axis, bool from_end);

// attr.ints = {axis, whether sums start at the end}. Totals in double: a long row in float keeps its digits.
template <class T>
void cumsum_kernel(const Call<T>& c) {
  const Shape& shape = c.node->shape;
  const int axis = int(shape.rank() + c.node->attr.ints[0]);
  const bool from_end = c.node->attr.ints[1];
  const std::int64_t n = shape[axis], inner = contiguous_strides(shape)[axis];
  const std::int64_t first = from_end ? (n - 1) * inner : 0, step = from_end ? -inner : inner;
  for (std::int64_t block = 0; block < c.n; block += n * inner)
    for (std::int64_t j = 0; j < inner; ++j) {
      double total = 0;
      for (std::int64_t i = 0, at = block + first + j; i < n; ++i, at += step) c.out[at] = T(total += c.in[0][at]);
    }
}

const Op cumsum_op{
    .name = "cumsum",
    .vjp = [](Rule& r) { r.to(0, [&] { return running_sum(r.ct(), r.attr().ints[0], !r.attr().ints[1]); }); },
    .run = one_lane([](const auto& c) { cumsum_kernel(c); })};

Var running_sum(Var x, std::int64_t axis, bool from_end) {
  return x.graph->emit(cumsum_op, {x}, x.shape(), {.ints = {axis, from_end}});
}

}  // namespace

Var cumsum(Var x, std::int64_t axis) {
  require_values("cumsum", {x});
  checked_axis("cumsum", x, axis);
  return running_sum(x, axis, false);
}

}  // namespace basin
