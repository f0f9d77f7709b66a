// How far two lists of numbers are apart; infinitely where one of them holds a NaN.
#pragma once
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>

#include "core/statistics.h"

namespace basin {

// a, b: containers of numbers with size() and []. Of any two entries |a - b| / scale(b).
template <class A, class B, class Scale>
double largest_difference(const A& a, const B& b, const Scale& scale) {
  REQUIRE(std::size_t(a.size()) == std::size_t(b.size()));
  double worst = 0;
  for (decltype(a.size()) i = 0; i < a.size(); ++i)
    worst = worse(worst, std::abs(double(a[i]) - double(b[i])) / scale(double(b[i])));
  return worst;
}

template <class A, class B>
double largest_difference(const A& a, const B& b) {
  return largest_difference(a, b, [](double) { return 1.0; });
}

inline double beside_one(double value) { return 1 + std::abs(value); }

}  // namespace basin
