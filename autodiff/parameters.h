// Parameters: θ ∈ R^N as one flat vector with named slices. Optimizers, samplers, Hessian products and checkpoints are
// loops over one array; programs read it in place.
#pragma once
#include <string>
#include <vector>

#include "autodiff/graph.h"
#include "core/slab.h"

namespace basin {

// Memory outside a program that stands for an input of the graph.
template <class T>
struct Binding {
  Var var;
  T* data;
};

template <class T>
class Parameters {
 public:
  struct Slice {
    std::string name;
    Var var;
    std::int64_t offset, size;
  };

  // One slice for each named input, in the order given, without gaps; zeros.
  explicit Parameters(const std::vector<Var>& vars);

  std::int64_t size() const { return std::int64_t(slab_.size()); }
  std::span<T> flat() { return slab_.span(); }
  std::span<const T> flat() const { return slab_.span(); }
  const std::vector<Slice>& slices() const { return slices_; }
  std::span<T> operator[](std::string_view name);  // NameError if there is no such slice
  std::span<const T> operator[](std::string_view name) const;
  std::vector<Var> vars() const;
  // For Program, valid as long as this lives. In another graph the inputs of the same names are bound: NameError or
  // ShapeError if one is missing or differs.
  std::vector<Binding<T>> bindings();
  std::vector<Binding<T>> bindings(Graph& other);

 private:
  const Slice& find(std::string_view name) const;
  std::vector<Slice> slices_;
  Slab<T> slab_;
};

}  // namespace basin
