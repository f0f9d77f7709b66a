// Parameters: θ ∈ R^N as one flat vector with named slices. Optimizers, samplers, Hessian products and checkpoints are
// loops over one array; programs read it in place. Of packs (core/pack.h) it is the θ of several copies, one in each
// lane.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "autodiff/graph.h"
#include "core/pack.h"
#include "core/tensor.h"

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
  struct Slice : ParameterInfo {
    std::int64_t offset, size;
  };

  // One slice for each parameter, in the order given, without gaps; zeros. For a graph: its graph.parameters().
  explicit Parameters(const std::vector<ParameterInfo>& infos = {});
  Parameters(const Parameters& other);
  Parameters(Parameters&&) noexcept = default;
  Parameters& operator=(Parameters other) noexcept;

  // Draws every slice from its own random stream "init/<name>", so that a weight does not change when another layer is
  // added. Float starts are the double starts rounded.
  void start(std::uint64_t seed) requires(lanes_of<T> == 1);

  std::int64_t size() const { return std::int64_t(slab_.size()); }
  std::span<T> flat() { return slab_.span(); }
  std::span<const T> flat() const { return slab_.span(); }
  const std::vector<Slice>& slices() const { return slices_; }
  std::span<T> operator[](std::string_view name);  // NameError if there is no such slice
  std::span<const T> operator[](std::string_view name) const;
  Tensor<T> tensor(std::string_view name) const;  // a copy

  // For Program, valid as long as this lives: the inputs of `graph` that have the slices' names. NameError or
  // ShapeError if one is missing or differs. Programs only read them.
  std::vector<Binding<T>> bindings(Graph& graph) const;

 private:
  const Slice& find(std::string_view name) const;
  std::vector<Slice> slices_;
  Slab<T> slab_;
};

// One copy's parameters. The slices of `to` and `from` must be the same.
template <class T>
void take_lane(const Parameters<Pack<T>>& from, int lane, Parameters<T>& to) {
  for (std::size_t i = 0; i < to.flat().size(); ++i) to.flat()[i] = from.flat()[i].lane[lane];
}
template <class T>
void put_lane(const Parameters<T>& from, int lane, Parameters<Pack<T>>& to) {
  for (std::size_t i = 0; i < from.flat().size(); ++i) to.flat()[i].lane[lane] = from.flat()[i];
}

// The same parameters in another precision.
template <class To, class From>
Parameters<To> cast(const Parameters<From>& from) {
  Parameters<To> to(std::vector<ParameterInfo>(from.slices().begin(), from.slices().end()));
  for (std::size_t i = 0; i < from.flat().size(); ++i) to.flat()[i] = To(from.flat()[i]);
  return to;
}

}  // namespace basin
