#include "interp/basis/random_signs.h"

#include "core/rng.h"

namespace basin::interp {

void fill_signs(std::uint64_t seed, std::string_view stream, std::int64_t sources, std::int64_t values,
                std::int64_t first, std::span<double> to) {
  const std::int64_t rows = std::ssize(to) / (sources * values), words = (sources * values + 31) / 32;
  for (std::int64_t row = 0; row < rows; ++row) {
    RngState at = Rng(seed, stream).state();
    at.drawn = std::uint64_t((first + row) * words);
    Rng rng(at);
    std::uint32_t bits = 0;
    for (std::int64_t i = 0; i < sources * values; ++i) {
      if (i % 32 == 0) bits = rng.next_u32();
      to[(i / values * rows + row) * values + i % values] = (bits >> (i % 32) & 1) ? 1 : -1;
    }
  }
}

}  // namespace basin::interp
