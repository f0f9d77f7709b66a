// Integrals over x > 0 of functions that live on many decades, for exact values at finite n (interp/llc/finite_n.h):
// log x is cut into panels of equal width, each with a Gauss-Legendre rule.
#pragma once
#include <functional>
#include <string>
#include <tuple>
#include <vector>

#include "core/matrix.h"

namespace basin::interp {

// An integral or a ratio of integrals, with how far the rule of half the nodes is from it.
struct Integrated {
  double value = 0, error = 0;
};
inline auto fields(Integrated& i) { return std::tie(i.value, i.error); }

// The rule at 8 and at 16 nodes a panel. NumericalError, which begins with `what`, if they differ by more than 1e-6 of
// the value or are NaN.
Integrated by_doubling(const std::string& what, const std::function<double(int nodes)>& rule);

class LogAxis {
 public:
  // x from exp(low) to exp(high), panels of `width` at most.
  LogAxis(double low, double high, double width, int nodes);

  const std::vector<double>& x() const { return x_; }              // ascending
  const std::vector<double>& weights() const { return weights_; }  // of dx

  // ∫ f dx and, at every x_i, ∫ f dx from exp(low) to x_i; f holds values at x(), real, complex or dual.
  template <class T>
  T total(const std::vector<T>& f) const {
    T sum{};
    for (std::size_t i = 0; i < f.size(); ++i) sum = sum + weights_[i] * f[i];
    return sum;
  }
  template <class T>
  std::vector<T> below(const std::vector<T>& f) const {
    std::vector<T> result(f.size());
    const std::size_t nodes = std::size_t(below_.rows());
    T before{};
    for (std::size_t first = 0; first < f.size(); first += nodes) {
      for (std::size_t i = 0; i < nodes; ++i) {
        T sum = before;
        for (std::size_t j = 0; j < nodes; ++j) sum = sum + below_.data[i * nodes + j] * x_[first + j] * f[first + j];
        result[first + i] = sum;
      }
      for (std::size_t j = 0; j < nodes; ++j) before = before + weights_[first + j] * f[first + j];
    }
    return result;
  }

 private:
  Matrix below_;  // [nodes, nodes], for a panel in log x
  std::vector<double> x_, weights_;
};

}  // namespace basin::interp
