#include "interp/llc/pfaffian.h"

#include <fmt/format.h>

#include <numbers>

#include "core/error.h"

namespace basin::interp {
namespace {

// Brings the largest entry of row k to column k + 1 by exchanging two rows and the columns of the same numbers; true if
// there was something to do, which turns the sign.
bool pivot(std::vector<Dual>& a, std::size_t n, std::size_t k) {
  std::size_t best = k + 1;
  for (std::size_t j = k + 2; j < n; ++j)
    if (std::abs(a[k * n + j].value) > std::abs(a[k * n + best].value)) best = j;
  if (best == k + 1) return false;
  for (std::size_t j = 0; j < n; ++j) std::swap(a[(k + 1) * n + j], a[best * n + j]);
  for (std::size_t i = 0; i < n; ++i) std::swap(a[i * n + k + 1], a[i * n + best]);
  return true;
}

}  // namespace

Dual log_pfaffian(std::vector<Dual> a, std::size_t n) {
  if (n % 2 != 0 || a.size() != n * n)
    throw UsageError(
        fmt::format("Pfaffian: size {} and {} entries given; wanted an even size and its square", n, a.size()));
  Dual sum;
  for (std::size_t k = 0; k < n; k += 2) {
    if (pivot(a, n, k)) sum.value += std::complex<double>(0, std::numbers::pi);
    const Dual p = a[k * n + k + 1];
    sum = sum + log(p);
    for (std::size_t i = k + 2; i < n; ++i)
      for (std::size_t j = k + 2; j < n; ++j)
        a[i * n + j] = a[i * n + j] + (a[i * n + k + 1] * a[j * n + k] - a[i * n + k] * a[j * n + k + 1]) / p;
  }
  return sum;
}

}  // namespace basin::interp
