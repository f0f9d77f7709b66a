// Shape: the lengths of a value's axes, outermost first. Row-major everywhere; a scalar has rank 0 and one element.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>

#include "core/error.h"

namespace basin {

class Shape {
 public:
  static constexpr int max_rank = 8;

  Shape() = default;
  Shape(std::initializer_list<std::int64_t> dims) : Shape(std::span(dims.begin(), dims.size())) {}
  explicit Shape(std::span<const std::int64_t> dims) {
    for (std::int64_t d : dims) push_back(d);
  }

  int rank() const { return rank_; }
  std::int64_t operator[](int axis) const { return dims_[axis]; }
  std::int64_t& operator[](int axis) { return dims_[axis]; }
  std::int64_t back(int from_end = 1) const { return dims_[rank_ - from_end]; }  // back(1) is the last axis
  const std::int64_t* begin() const { return dims_.data(); }
  const std::int64_t* end() const { return dims_.data() + rank_; }

  void push_back(std::int64_t d) {
    if (rank_ == max_rank) throw ShapeError("shape: more than " + std::to_string(max_rank) + " axes");
    if (d < 0) throw ShapeError("shape: axis of length " + std::to_string(d));
    dims_[rank_++] = d;
  }
  void append(const Shape& tail) {
    for (std::int64_t d : tail) push_back(d);
  }
  Shape first(int n) const { return Shape(std::span(dims_.data(), n)); }             // the n outermost axes
  Shape last(int n) const { return Shape(std::span(dims_.data() + rank_ - n, n)); }  // the n innermost axes
  std::int64_t numel() const {
    std::int64_t n = 1;
    for (std::int64_t d : *this) n *= d;
    return n;
  }
  std::string str() const {
    std::string s = "[";
    for (int i = 0; i < rank_; ++i) {
      if (i > 0) s += ',';
      s += std::to_string(dims_[i]);
    }
    return s += ']';
  }
  friend bool operator==(const Shape& a, const Shape& b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

 private:
  std::array<std::int64_t, max_rank> dims_{};
  int rank_ = 0;
};

// The lengths of both aligned on the right, where axes of length 1 give way; none where others differ.
inline std::optional<Shape> broadcast(const Shape& a, const Shape& b) {
  if (a.rank() < b.rank()) return broadcast(b, a);
  Shape all = a;
  for (int i = 1; i <= b.rank(); ++i) {
    std::int64_t& mine = all[all.rank() - i];
    if (mine == 1) mine = b.back(i);
    if (mine != b.back(i) && b.back(i) != 1) return {};
  }
  return all;
}
inline bool broadcasts_to(const Shape& from, const Shape& to) { return broadcast(from, to) == to; }

// With a last axis of another length.
inline Shape with_last(Shape shape, std::int64_t length) {
  shape[shape.rank() - 1] = length;
  return shape;
}

// Leading axes `lead` in front of `tail`.
inline Shape operator+(Shape lead, const Shape& tail) {
  lead.append(tail);
  return lead;
}

}  // namespace basin
