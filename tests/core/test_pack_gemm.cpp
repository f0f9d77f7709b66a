#include "core/pack_gemm.h"

#include <doctest/doctest.h>

#include <array>
#include <vector>

#include "core/rng.h"

using namespace basin;

namespace {

template <class T>
std::vector<Pack<T>> random_packs(std::int64_t n, Rng& rng) {
  std::vector<Pack<T>> packs(static_cast<std::size_t>(n));
  for (Pack<T>& p : packs)
    for (T& own : p.lane) own = T(rng.normal());
  return packs;
}

template <class T>
bool same(const std::vector<Pack<T>>& a, const std::vector<Pack<T>>& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    for (int l = 0; l < Pack<T>::lanes; ++l)
      if (a[i].lane[l] != b[i].lane[l]) return false;
  return true;
}

}  // namespace

TEST_CASE_TEMPLATE("products of packs are those of each lane, whichever vectors there are", T, float, double) {
  Rng rng(1, "packs");
  for (const auto [m, n, k] : {std::array<std::int64_t, 3>{1, 1, 1}, {3, 5, 7}, {8, 4, 1}, {17, 9, 6}, {2, 3, 0}})
    for (const bool with_row : {false, true}) {
      const auto a = random_packs<T>(m * k, rng), b = random_packs<T>(k * n, rng), row = random_packs<T>(n, rng);
      const std::int64_t ldc = n + 1;
      std::vector<Pack<T>> wanted(std::size_t(m * ldc), Pack<T>(T(9)));  // columns behind C are left alone
      for (std::int64_t i = 0; i < m; ++i)
        for (std::int64_t j = 0; j < n; ++j)
          for (int l = 0; l < Pack<T>::lanes; ++l) {
            volatile T sum = with_row ? row[std::size_t(j)].lane[l] : T(0);  // no product is fused with its sum
            for (std::int64_t p = 0; p < k; ++p) {
              volatile T product = a[std::size_t(p * m + i)].lane[l] * b[std::size_t(j * k + p)].lane[l];
              sum = sum + product;
            }
            wanted[std::size_t(i * ldc + j)].lane[l] = sum;
          }
      for (const Vectors use : {Vectors::baseline, Vectors::avx2, Vectors::avx512}) {
        if (use > vectors_here()) continue;
        std::vector<Pack<T>> c(wanted.size(), Pack<T>(T(9)));
        pack_gemm<T>(m, n, k, {a.data(), 1, m}, {b.data(), 1, k}, with_row ? row.data() : nullptr, c.data(), ldc, use);
        CHECK(same(c, wanted));  // both operands lie transposed
      }
    }
}
