#include "autodiff/parameters.h"

#include "core/names.h"

namespace basin {

template <class T>
Parameters<T>::Parameters(const std::vector<Var>& vars) {
  std::int64_t total = 0;
  for (Var v : vars) {
    if (!v) empty_handle("parameters");
    slices_.push_back({v.graph->name_of(v.id), v, total, v.shape().numel()});
    total += v.shape().numel();
  }
  slab_ = Slab<T>(std::size_t(total));
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
std::vector<Var> Parameters<T>::vars() const {
  std::vector<Var> all;
  for (const Slice& s : slices_) all.push_back(s.var);
  return all;
}

template <class T>
std::vector<Binding<T>> Parameters<T>::bindings() {
  std::vector<Binding<T>> all;
  for (const Slice& s : slices_) all.push_back({s.var, slab_.data() + s.offset});
  return all;
}

template <class T>
std::vector<Binding<T>> Parameters<T>::bindings(Graph& other) {
  std::vector<Binding<T>> all;
  for (const Slice& s : slices_) {
    const Var v = other[s.name];
    if (!(v.shape() == s.var.shape()))
      throw ShapeError("parameters: " + other.describe(v.id) + " cannot be bound to a slice of shape " +
                       s.var.shape().str());
    all.push_back({v, slab_.data() + s.offset});
  }
  return all;
}

template class Parameters<float>;
template class Parameters<double>;

}  // namespace basin
