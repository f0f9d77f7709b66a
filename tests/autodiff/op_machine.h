// One machine for every op: values and derivatives of a sample are held against finite differences, against themselves
// in float, with seeds in front, unfused and with shared memory. Tolerances are stated here, once.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "autodiff/graph.h"

namespace basin::testing {

inline constexpr double order_1_tolerance = 1e-8;    // gradient against finite differences, relative to 1 + |value|
inline constexpr double order_2_tolerance = 1e-6;    // Hessian times vector against differences of the gradient
inline constexpr double symmetry_tolerance = 1e-10;  // H = Hᵀ
inline constexpr double float_tolerance = 2e-4;
template <class T>
inline constexpr double lanes_tolerance = sizeof(T) == 8 ? 1e-12 : 2e-4;  // packs: sums may be made in another order

struct SampleInput {
  Shape shape;
  double low = -1, high = 1;  // uniform numbers in this range
  int classes = 0;            // whole numbers below this instead, and no derivative
  double away = 0;            // keep at least this distance from zero (kinks, poles)
};

struct Sample {
  std::string name;
  std::vector<SampleInput> inputs;
  std::function<Var(const std::vector<Var>&)> make;
};

// Runs all checks on one sample (doctest CHECKs). Returns the ops that its value is made of.
std::vector<std::string> check_sample(const Sample& sample);

}  // namespace basin::testing
