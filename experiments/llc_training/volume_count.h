// N_eff(ε) of a small network by volume: an independent path to what chains say of it (docs/theory.md §1.1, §4.2).
#pragma once
#include "interp/llc/local_posterior.h"
#include "interp/volume/splitting.h"

namespace basin::experiments {

inline constexpr std::int64_t most_dimensions = 10;

// 2 d log V / d log ε of V(ε) = vol{w in a box around w* : L(w) - L(w*) < ε}, the mean slope between ε / 3 and
// 3 ε for each ε. The box is ±1/√γ, as far as the localisation of chains reaches. What is lower than w* counts as
// within. UsageError beyond most_dimensions parameters, or for γ = 0.
std::vector<interp::Measured> n_eff_by_volume(const interp::LocalPosterior& posterior,
                                              const std::vector<double>& epsilons, std::uint64_t seed, int threads);

}  // namespace basin::experiments
