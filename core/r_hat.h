// Whether Markov chains agree with each other.
#pragma once
#include "core/tensor.h"

namespace basin {

// Rank-normalised split R̂ (Vehtari, Gelman, Simpson, Carpenter and Bürkner 2021, "Rank-normalization, folding, and
// localization: an improved R̂ for assessing convergence of MCMC") of traces [chains, draws]. The halves of all
// chains are compared with each other: R̂ = sqrt(V / W) with W the variance within them and V = W (n - 1) / n + that of
// their means, 1 if all see the same distribution. Draws are first replaced by normal scores of their ranks, so that
// heavy tails do no harm. The larger of two: of the draws (bulk: do they agree where the distribution lies?) and of
// their distances from the median (folded: on how wide it is?). Below 1.01 chains may be trusted.
//
// Infinite if no half moves and they differ; NaN if all draws are equal: nothing then says whether chains would agree.
// Errors of require_traces (core/autocorrelation.h), at least 4 draws.
double split_r_hat(const Matrix& traces);

}  // namespace basin
