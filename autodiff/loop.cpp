#include "autodiff/loop.h"

namespace basin {

Strides contiguous_strides(const Shape& shape) {
  Strides s{};
  std::int64_t step = 1;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    s[axis] = step;
    step *= shape[axis];
  }
  return s;
}

Strides broadcast_strides(const Shape& from, const Shape& to) {
  Strides own = contiguous_strides(from), s{};
  int shift = to.rank() - from.rank();
  for (int axis = 0; axis < from.rank(); ++axis) s[axis + shift] = from[axis] == 1 ? 0 : own[axis];
  return s;
}

namespace {

// True if walking `axis` and then the loop's outermost axis is one longer walk, for every operand.
bool merges(const Loop& loop, std::initializer_list<Strides> operands, int axis) {
  int i = 0;
  for (const Strides& s : operands) {
    if (s[axis] != loop.stride[i][0] * loop.dim[0]) return false;
    ++i;
  }
  return true;
}

void push_front(Loop& loop, std::int64_t dim, std::initializer_list<Strides> operands, int axis) {
  auto shift = [&](auto& list) {
    std::copy_backward(list.begin(), list.begin() + loop.axes, list.begin() + loop.axes + 1);
  };
  shift(loop.dim);
  for (auto& list : loop.stride) shift(list);
  ++loop.axes;
  loop.dim[0] = dim;
  int i = 0;
  for (const Strides& s : operands) loop.stride[i++][0] = s[axis];
}

}  // namespace

Loop make_loop(const Shape& over, std::initializer_list<Strides> operands) {
  Loop loop;
  if (over.numel() == 0) {
    loop.axes = 1;
    return loop;
  }
  for (int axis = over.rank() - 1; axis >= 0; --axis) {
    if (over[axis] == 1) continue;
    if (loop.axes > 0 && merges(loop, operands, axis)) {
      loop.dim[0] *= over[axis];
    } else {
      push_front(loop, over[axis], operands, axis);
    }
  }
  if (loop.axes == 0) {  // one element
    loop.axes = 1;
    loop.dim[0] = 1;
  }
  return loop;
}

}  // namespace basin
