// A dot product whose error is that of rounding its result once, whatever cancels in it, as long as the sum of
// |a_i b_i| stays below 1e16 times the result (Ogita, Rump and Oishi 2005, algorithm Dot2): the error of each product
// and of each sum is itself a double, and is summed up beside them.
#pragma once
#include <cmath>
#include <span>

namespace basin {

// start + sum_i a_i b_i; spans of one length.
inline double exact_dot(std::span<const double> a, std::span<const double> b, double start = 0) {
  double sum = start, lost = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double product = a[i] * b[i], next = sum + product, taken = next - sum;
    lost += std::fma(a[i], b[i], -product) + ((sum - (next - taken)) + (product - taken));
    sum = next;
  }
  return sum + lost;
}

}  // namespace basin
