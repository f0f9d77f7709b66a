#include "core/normals.h"

#include <bit>
#include <cmath>

#include "core/vmath_trig.h"

namespace basin {
namespace {

// -2 log(1 - h) / h on [0, 1/2], by scripts/fit_vmath.py.
constexpr float minus_2_log[] = {2.0f,          0.999985695f, 0.667401552f, 0.485605478f, 0.539261162f,
                                 -0.407223791f, 2.51566792f,  -3.39200664f, 2.88239646f};

constexpr float two_ln2 = 1.38629436f;

// sqrt(-2 log u) for u = (word + 1/2) 2^-32. The smaller one of u and 1 - u is `part`. If that is u, it is 2^-e (1 - h)
// with 1 - h in [1/2, 1); else e = 0 and h = part. The two terms of the sum have one sign: nothing cancels.
[[gnu::always_inline]] inline float radius_of(std::uint32_t word) {
  using C = vmath::detail::Constants<float>;
  constexpr std::uint32_t mantissa = (1u << C::mantissa_bits) - 1, half = std::bit_cast<std::uint32_t>(0.5f);
  const std::int32_t upper = std::int32_t(word) >> 31;
  const float part = (float(std::int32_t(word) ^ upper) + 0.5f) * 0x1p-32f;
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(part);
  const float h = std::int32_t(word) < 0 ? part : 1 - std::bit_cast<float>((bits & mantissa) | half);
  const std::int32_t e = (C::bias - 1 - std::int32_t(bits >> C::mantissa_bits)) & ~upper;
  return std::sqrt(vmath::detail::mul_add(float(e), two_ln2, h * vmath::detail::split_poly(h, minus_2_log)));
}

[[gnu::always_inline]] inline void pair_of(std::uint32_t radius, std::uint32_t angle, float scale, float* first,
                                           float* second) {
  const float r = scale * radius_of(radius);
  const float a = float(std::int32_t(angle << 2 | 2)) * 0x1.921fb6p-32f;  // pi / 2 * 2^-32
  const auto x = std::bit_cast<std::uint32_t>(r * vmath::detail::cos_reduced(a)) ^ (angle & 0x80000000);
  const auto y = std::bit_cast<std::uint32_t>(r * vmath::detail::sin_reduced(a));
  const std::uint32_t swap = (x ^ y) & std::uint32_t(std::int32_t(angle << 1) >> 31);
  *first = std::bit_cast<float>(x ^ swap);
  *second = std::bit_cast<float>(y ^ swap);
}

[[gnu::always_inline]] inline void pair_of(std::uint64_t radius, std::uint64_t angle, double scale, double* first,
                                           double* second) {
  const double r = std::sqrt(-2 * vmath::log(1 - uniform53(radius)));  // 1 - uniform > 0: the logarithm is finite
  const auto [sin, cos] = vmath::sincos_turns(uniform53(angle));
  *first = scale * (r * cos);
  *second = scale * (r * sin);
}

// The two numbers of pair i go to first[i step] and second[i step].
template <int step, class U, class T>
[[gnu::always_inline]] inline void pairs_of(const U* __restrict radius, const U* __restrict angle, std::size_t pairs,
                                            T scale, T* first, T* second) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < pairs; ++i) pair_of(radius[i], angle[i], scale, first + i * step, second + i * step);
}

template <int step, class U, class T>
void pairs_baseline(const U* radius, const U* angle, std::size_t pairs, T scale, T* first, T* second) {
  pairs_of<step>(radius, angle, pairs, scale, first, second);
}

#ifdef BASIN_X86
template <int step, class U, class T>
[[gnu::target("avx2")]] void pairs_avx2(const U* radius, const U* angle, std::size_t pairs, T scale, T* first,
                                        T* second) {
  pairs_of<step>(radius, angle, pairs, scale, first, second);
}
#endif

template <int step, class U, class T>
void choose(const U* radius, const U* angle, std::size_t pairs, T scale, T* first, T* second,
            [[maybe_unused]] Vectors use) {
#ifdef BASIN_X86
  if (use != Vectors::baseline) return pairs_avx2<step>(radius, angle, pairs, scale, first, second);
#endif
  pairs_baseline<step>(radius, angle, pairs, scale, first, second);
}

}  // namespace

void normal_pairs(const std::uint32_t* radius, const std::uint32_t* angle, std::size_t pairs, float scale, float* out,
                  Vectors use) {
  choose<2>(radius, angle, pairs, scale, out, out + 1, use);
}
void normal_pairs(const std::uint64_t* radius, const std::uint64_t* angle, std::size_t pairs, double scale, double* out,
                  Vectors use) {
  choose<2>(radius, angle, pairs, scale, out, out + 1, use);
}
void normal_pairs(const std::uint32_t* radius, const std::uint32_t* angle, std::size_t pairs, float scale, float* first,
                  float* second, Vectors use) {
  choose<1>(radius, angle, pairs, scale, first, second, use);
}
void normal_pairs(const std::uint64_t* radius, const std::uint64_t* angle, std::size_t pairs, double scale,
                  double* first, double* second, Vectors use) {
  choose<1>(radius, angle, pairs, scale, first, second, use);
}

}  // namespace basin
