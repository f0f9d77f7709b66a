// Random mixtures of many values in place of each: signs ±1, independent for each sample.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace basin::interp {

// Signs for each source and value [sources, rows, values] of the samples from `first` on, from the random stream of
// that name; those of a sample do not depend on how samples are cut into chunks.
void fill_signs(std::uint64_t seed, std::string_view stream, std::int64_t sources, std::int64_t values,
                std::int64_t first, std::span<double> to);

}  // namespace basin::interp
