#include "autodiff/parameters.h"

#include <algorithm>

#include "core/names.h"
#include "core/rng.h"

namespace basin {

template <class T>
Parameters<T>::Parameters(const std::vector<ParameterInfo>& infos) {
  std::int64_t total = 0;
  for (const ParameterInfo& info : infos) {
    slices_.push_back({info, total, info.shape.numel()});
    total += info.shape.numel();
  }
  slab_ = Slab<T>(std::size_t(total));
}

template <class T>
Parameters<T>::Parameters(const Parameters& other) : slices_(other.slices_), slab_(other.slab_.size()) {
  std::ranges::copy(other.flat(), flat().begin());
}

template <class T>
Parameters<T>& Parameters<T>::operator=(Parameters other) noexcept {
  std::swap(slices_, other.slices_);
  std::swap(slab_, other.slab_);
  return *this;
}

template <class T>
void Parameters<T>::start(std::uint64_t seed) requires(lanes_of<T> == 1) {
  for (const Slice& s : slices_) {
    Rng rng(seed, "init/" + s.name);
    const std::span<T> values = flat().subspan(std::size_t(s.offset), std::size_t(s.size));
    switch (s.start.kind) {
      case Start::zeros: std::ranges::fill(values, T(0)); break;
      case Start::ones: std::ranges::fill(values, T(1)); break;
      case Start::normal: rng.fill_normal_rounded(values, s.start.scale); break;
      case Start::uniform: rng.fill_uniform(values, -s.start.scale, s.start.scale); break;
    }
  }
}

template <class T>
const typename Parameters<T>::Slice& Parameters<T>::find(std::string_view name) const {
  std::vector<std::string> all;
  for (const Slice& s : slices_) {
    if (s.name == name) return s;
    all.push_back(s.name);
  }
  throw NameError("parameters: no slice is named '" + std::string(name) + "'; help: the nearest is '" +
                  nearest_name(name, all) + "'");
}

template <class T>
std::span<T> Parameters<T>::operator[](std::string_view name) {
  const Slice& s = find(name);
  return flat().subspan(s.offset, s.size);
}

template <class T>
std::span<const T> Parameters<T>::operator[](std::string_view name) const {
  const Slice& s = find(name);
  return flat().subspan(s.offset, s.size);
}

template <class T>
Tensor<T> Parameters<T>::tensor(std::string_view name) const {
  const std::span<const T> numbers = (*this)[name];
  return {find(name).shape, std::vector<T>(numbers.begin(), numbers.end())};
}

template <class T>
std::vector<Binding<T>> Parameters<T>::bindings(Graph& graph) const {
  std::vector<Binding<T>> all;
  for (const Slice& s : slices_) {
    const Var v = graph[s.name];
    if (!(v.shape() == s.shape))
      throw ShapeError("parameters: " + graph.describe(v.id) + " cannot be bound to a slice of shape " + s.shape.str());
    all.push_back({v, const_cast<T*>(slab_.data()) + s.offset});
  }
  return all;
}

template class Parameters<float>;
template class Parameters<double>;
template class Parameters<Pack<float>>;
template class Parameters<Pack<double>>;

}  // namespace basin
