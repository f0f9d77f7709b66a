// Normal numbers from uniform random words, in pairs by the polar map of Box and Muller: radius sqrt(-2 log u), angle 2
// pi v. `radius` and `angle` hold one word for each pair; pair i goes to out[2 i] and out[2 i + 1], times scale. All
// vectors give the same bits, and so do all ways to cut an array into pieces.
//
// double, from 64-bit words: u = 1 - uniform53(radius), v = uniform53(angle). The largest |z| is 8.57.
//
// float, from 32-bit words and in float arithmetic: u = (radius + 1/2) 2^-32, of which u or 1 - u, whichever is less,
// is kept to full precision. So the radius goes from 1.5e-5 to 6.76, and a thousand of its values lie beyond 5.5. Of
// the angle's word bit 31 is a sign of the first number, bit 30 then exchanges the two, and the others are an angle in
// (-pi/4, pi/4), an odd multiple of 2^-32 pi: no number is 0, and every one comes with its negative. Each is within
// 4e-7 of itself from what its words stand for.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/cpu.h"

namespace basin {

// The upper 53 bits as a number in [0, 1). They become the low bits of 2^20 and of 1/2 in two parts, since few machines
// can convert 64-bit integers in vectors; every step is exact.
[[gnu::always_inline]] inline double uniform53(std::uint64_t bits) {
  constexpr auto at_20 = std::bit_cast<std::uint64_t>(0x1p20), at_half = std::bit_cast<std::uint64_t>(0.5);
  const double upper = std::bit_cast<double>(bits >> 32 | at_20) - 0x1p20;
  return upper + (std::bit_cast<double>((bits & 0xffffffff) >> 11 | at_half) - 0.5);
}

void normal_pairs(const std::uint32_t* radius, const std::uint32_t* angle, std::size_t pairs, float scale, float* out,
                  Vectors use = vectors_here());
void normal_pairs(const std::uint64_t* radius, const std::uint64_t* angle, std::size_t pairs, double scale, double* out,
                  Vectors use = vectors_here());

// The same, but pair i goes to first[i] and second[i].
void normal_pairs(const std::uint32_t* radius, const std::uint32_t* angle, std::size_t pairs, float scale, float* first,
                  float* second, Vectors use = vectors_here());
void normal_pairs(const std::uint64_t* radius, const std::uint64_t* angle, std::size_t pairs, double scale,
                  double* first, double* second, Vectors use = vectors_here());

}  // namespace basin
