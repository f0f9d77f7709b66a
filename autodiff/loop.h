// Loop: how a kernel walks its operands. Neighbouring axes that are one long walk are merged;
// operand 0 is the one written. Strides are in elements; a repeated axis has stride 0.
#pragma once
#include <array>

#include "core/shape.h"

namespace basin {

using Strides = std::array<std::int64_t, Shape::max_rank>;  // one for each axis of some shape

Strides contiguous_strides(const Shape& shape);
Strides broadcast_strides(const Shape& from, const Shape& to);  // axes of `from` aligned on the right of `to`

struct Loop {
  static constexpr int max_axes = Shape::max_rank, max_operands = 4;
  int axes = 0;  // the last axis is the innermost; at least 1 once made
  std::array<std::int64_t, max_axes> dim{};
  std::array<std::array<std::int64_t, max_axes>, max_operands> stride{};

  std::int64_t inner() const { return dim[axes - 1]; }
  std::int64_t inner_stride(int operand) const { return stride[operand][axes - 1]; }
};

// The loop over `over` with one stride list for each operand, merged. Every shape has one.
Loop make_loop(const Shape& over, std::initializer_list<Strides> operands);

// Calls body(out, a, b, c) at the start of each innermost run.
template <class T, class Body>
void walk(const Loop& loop, T* out, std::array<const T*, 3> in, Body body) {
  std::array<std::int64_t, Loop::max_axes> index{};
  if (loop.inner() == 0) return;
  for (;;) {
    body(out, in[0], in[1], in[2]);
    int axis = loop.axes - 2;
    for (; axis >= 0; --axis) {
      std::int64_t turn = ++index[axis] < loop.dim[axis] ? 1 : 1 - loop.dim[axis];  // step on, or back to the start
      out += turn * loop.stride[0][axis];
      for (int i = 0; i < 3; ++i) in[i] += turn * loop.stride[i + 1][axis];
      if (turn == 1) break;
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}

}  // namespace basin
