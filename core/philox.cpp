#include "core/philox.h"

#include <bit>
#include <cstring>

#ifdef BASIN_X86
#include <immintrin.h>
#endif

namespace basin {
namespace {

constexpr std::uint32_t multiplier[] = {0xD2511F53, 0xCD9E8D57}, key_step[] = {0x9E3779B9, 0xBB67AE85};

std::uint32_t low(std::uint64_t x) { return std::uint32_t(x); }
std::uint32_t high(std::uint64_t x) { return std::uint32_t(x >> 32); }

constexpr std::uint64_t count_up[philox_group] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

namespace baseline {
#define PHILOX_LANES 2
#define PHILOX_TARGET
#ifdef BASIN_X86
#define PHILOX_MULTIPLY(v, m) V(_mm_mul_epu32(__m128i(v), _mm_set1_epi64x(m)))
#else
#define PHILOX_MULTIPLY(v, m) (((v)&0xffffffff) * (m))
#endif
#include "core/philox_lanes.inc"
#include "core/philox_rows.inc"
#undef PHILOX_LANES
#undef PHILOX_TARGET
#undef PHILOX_MULTIPLY
}  // namespace baseline

#ifdef BASIN_X86
namespace avx2 {
#define PHILOX_LANES 4
#define PHILOX_TARGET [[gnu::target("avx2")]]
#define PHILOX_MULTIPLY(v, m) V(_mm256_mul_epu32(__m256i(v), _mm256_set1_epi64x(m)))
#include "core/philox_lanes.inc"
#include "core/philox_rows.inc"
#undef PHILOX_LANES
#undef PHILOX_TARGET
#undef PHILOX_MULTIPLY
}  // namespace avx2

namespace avx512 {
#define PHILOX_LANES 8
#define PHILOX_TARGET [[gnu::target("avx512f")]]
#define PHILOX_MULTIPLY(v, m) V(_mm512_maskz_mul_epu32(0xff, __m512i(v), _mm512_set1_epi64(m)))
#include "core/philox_lanes.inc"
#include "core/philox_rows.inc"
#undef PHILOX_LANES
#undef PHILOX_TARGET
#undef PHILOX_MULTIPLY
}  // namespace avx512
#endif

}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> c, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t(multiplier[0]) * c[0], p1 = std::uint64_t(multiplier[1]) * c[2];
    c = {high(p1) ^ c[1] ^ key[0], low(p1), high(p0) ^ c[3] ^ key[1], low(p0)};
    key[0] += key_step[0];
    key[1] += key_step[1];
  }
  return c;
}

std::array<std::uint32_t, 4> PhiloxStream::block(std::uint64_t number) const {
  return philox4x32({low(number), high(number), low(stream), high(stream)}, {low(seed), high(seed)});
}

static_assert(std::endian::native == std::endian::little, "two words share a 64-bit lane, the low one first in memory");

template <class U>
void philox_rows(const PhiloxStream& from, std::uint64_t first, std::size_t blocks, U* even, U* odd,
                 [[maybe_unused]] Vectors use) {
#ifdef BASIN_X86
  if (use == Vectors::avx512) return avx512::rows(from, first, blocks, even, odd);
  if (use == Vectors::avx2) return avx2::rows(from, first, blocks, even, odd);
#endif
  baseline::rows(from, first, blocks, even, odd);
}

template <int streams>
void philox_lanes(std::uint64_t seed, const std::uint64_t* ids, std::uint64_t first, std::size_t blocks,
                  std::uint32_t* words, [[maybe_unused]] Vectors use) {
#ifdef BASIN_X86
  if (use == Vectors::avx512) return avx512::lanes<streams>(seed, ids, first, blocks, words);
  if (use == Vectors::avx2) return avx2::lanes<streams>(seed, ids, first, blocks, words);
#endif
  baseline::lanes<streams>(seed, ids, first, blocks, words);
}

template void philox_lanes<8>(std::uint64_t, const std::uint64_t*, std::uint64_t, std::size_t, std::uint32_t*, Vectors);
template void philox_lanes<16>(std::uint64_t, const std::uint64_t*, std::uint64_t, std::size_t, std::uint32_t*,
                               Vectors);
template void philox_rows(const PhiloxStream&, std::uint64_t, std::size_t, std::uint32_t*, std::uint32_t*, Vectors);
template void philox_rows(const PhiloxStream&, std::uint64_t, std::size_t, std::uint64_t*, std::uint64_t*, Vectors);

}  // namespace basin
