// Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), one counter or many at once.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "core/cpu.h"

namespace basin {

// Ten rounds of Philox 4x32: a bijection of the counter, chosen by the key.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

// Where blocks come from: the key is the seed, the counter (block number, stream), low words first.
struct PhiloxStream {
  std::uint64_t seed = 0, stream = 0;
  std::array<std::uint32_t, 4> block(std::uint64_t number) const;
};

constexpr std::size_t philox_group = 16;  // blocks that are computed together

// The numbers of a stream from block `first` on, of one word (U = uint32_t) or of two, the low one first (U =
// uint64_t), in two rows: those at positions 0, 2, 4, ... go to even, those at 1, 3, 5, ... to odd. `blocks` is a
// multiple of philox_group, and a row has room for 8 bytes a block. All vectors give the same bits.
template <class U>
void philox_rows(const PhiloxStream& from, std::uint64_t first, std::size_t blocks, U* even, U* odd,
                 Vectors use = vectors_here());

// Blocks of several streams of one seed side by side, from block `first` on: word w of block b of stream ids[s] goes to
// words[(4 b + w) streams + s]. `streams` is 8 or 16. All vectors give the same bits.
template <int streams>
void philox_lanes(std::uint64_t seed, const std::uint64_t* ids, std::uint64_t first, std::size_t blocks,
                  std::uint32_t* words, Vectors use = vectors_here());

}  // namespace basin
