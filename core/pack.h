// Pack: one number of each of several copies, side by side in a line of the cache. As the number type of a Program
// (autodiff/program.h) it makes every value a value of each copy: lane l computes what a program of plain numbers
// would, and no arithmetic goes from lane to lane, so that what a copy gives depends neither on its lane nor on the
// others.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "core/slab.h"

namespace basin {

template <class T>
struct alignas(slab_alignment) Pack {
  static constexpr int lanes = int(slab_alignment / sizeof(T));
  T lane[lanes];

  Pack() = default;
  Pack(T v) {  // the same number in every lane; implicit, as from a number to a wider one
    for (T& own : lane) own = v;
  }
};

// Of a number type: what its arithmetic is made of, and how many of that there are in it.
template <class T>
struct NumberTraits {
  using Scalar = T;
  static constexpr int lanes = 1;
};
template <class T>
struct NumberTraits<Pack<T>> {
  using Scalar = T;
  static constexpr int lanes = Pack<T>::lanes;
};
template <class T>
using ScalarOf = typename NumberTraits<T>::Scalar;
template <class T>
inline constexpr int lanes_of = NumberTraits<T>::lanes;

// Numbers as their scalars: lanes_of<T> for each, side by side.
template <class T>
ScalarOf<T>* scalars(T* numbers) {
  return reinterpret_cast<ScalarOf<T>*>(numbers);
}
template <class T>
const ScalarOf<T>* scalars(const T* numbers) {
  return reinterpret_cast<const ScalarOf<T>*>(numbers);
}
template <class T>
auto scalars(std::span<T> numbers) {
  return std::span(scalars(numbers.data()), numbers.size() * lanes_of<std::remove_const_t<T>>);
}

}  // namespace basin
