#include <doctest/doctest.h>

#include <vector>

#include "core/philox.h"

using namespace basin;

namespace {

// All kinds of vectors that this machine has.
std::vector<Vectors> kinds() {
  std::vector<Vectors> all{Vectors::baseline};
  if (vectors_here() >= Vectors::avx2) all.push_back(Vectors::avx2);
  if (vectors_here() >= Vectors::avx512) all.push_back(Vectors::avx512);
  return all;
}

}  // namespace

TEST_CASE("philox gives the published known answers") {
  using Counter = std::array<std::uint32_t, 4>;
  std::uint32_t ones = 0xffffffff;
  CHECK(philox4x32({0, 0, 0, 0}, {0, 0}) == Counter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox4x32({ones, ones, ones, ones}, {ones, ones}) == Counter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Counter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("rows hold the words of single blocks, with any vectors") {
  constexpr std::size_t blocks = 3 * philox_group;
  for (Vectors use : kinds())
    for (std::uint64_t first : {0ull, 77ull, 0xfffffff9ull, 0xfffffffffffffff3ull}) {  // carries inside the group
      const PhiloxStream from{0xfedcba9876543210, 0x123456789abcdef0 + first};
      std::uint32_t even[2 * blocks], odd[2 * blocks];
      std::uint64_t wide_even[blocks], wide_odd[blocks];
      philox_rows(from, first, blocks, even, odd, use);
      philox_rows(from, first, blocks, wide_even, wide_odd, use);
      int wrong = 0;
      for (std::size_t i = 0; i < blocks; ++i) {
        const std::array<std::uint32_t, 4> b = from.block(first + i);
        wrong += b != std::array{even[2 * i], odd[2 * i], even[2 * i + 1], odd[2 * i + 1]};
        wrong +=
            wide_even[i] != (b[0] | std::uint64_t(b[1]) << 32) || wide_odd[i] != (b[2] | std::uint64_t(b[3]) << 32);
      }
      CHECK(wrong == 0);
    }
}
