// Tensor: a shape and its numbers, row-major, owned. Used for data sets, results and linear algebra; inside the
// engine values live in a program's slab (autodiff/program.h) and are seen as spans.
#pragma once
#include <utility>
#include <vector>

#include "core/shape.h"

namespace basin {

template <class T>
struct Tensor {
  Shape shape;
  std::vector<T> data;

  Tensor() = default;
  explicit Tensor(Shape s, T fill = T(0)) : shape(s), data(s.numel(), fill) {}
  Tensor(Shape s, std::vector<T> values) : shape(s), data(std::move(values)) {
    if (std::int64_t(data.size()) != s.numel())
      throw ShapeError("tensor: " + std::to_string(data.size()) + " numbers given for shape " + s.str());
  }

  std::int64_t size() const { return std::int64_t(data.size()); }
  T& operator[](std::int64_t i) { return data[i]; }
  const T& operator[](std::int64_t i) const { return data[i]; }

  // A tensor as a table: all leading axes are rows, the last axis is columns. A scalar is 1 x 1.
  std::int64_t cols() const { return shape.rank() ? shape.back() : 1; }
  std::int64_t rows() const { return cols() ? size() / cols() : 0; }
  T& operator()(std::int64_t i, std::int64_t j) { return data[i * cols() + j]; }
  const T& operator()(std::int64_t i, std::int64_t j) const { return data[i * cols() + j]; }
  std::span<T> row(std::int64_t i) { return {data.data() + i * cols(), std::size_t(cols())}; }
  std::span<const T> row(std::int64_t i) const { return {data.data() + i * cols(), std::size_t(cols())}; }
};

using Matrix = Tensor<double>;  // rank 2, [rows, cols]: what the analyses compute with

template <class To, class From>
Tensor<To> cast(const Tensor<From>& from) {
  return {from.shape, std::vector<To>(from.data.begin(), from.data.end())};
}

}  // namespace basin
