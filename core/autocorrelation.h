// How much a Markov chain remembers, and how many independent draws its draws are worth.
//
// Traces are a Matrix [chains, draws]: one number for each draw, a chain a row. A burn-in is cut off before, with
// columns_of (core/matrix.h). Every function on traces has the errors of require_traces.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/statistics.h"
#include "core/tensor.h"

namespace basin {

// UsageError unless there are chains of at least `least` draws each; NumericalError that names the first draw which is
// NaN or Inf. The texts begin with `what`, the function that needs it.
void require_traces(std::string_view what, const Matrix& traces, std::int64_t least);

// The mean of each chain. That of a chain which never moved is exactly its value.
std::vector<double> chain_means(const Matrix& traces);

// The mean of these means, their deviation and interval. Exactly equal means have deviation 0.
Estimate between_chains(const Matrix& traces);

// [2 chains, draws / 2]: the first and the last half of every chain, without the middle draw of an odd number. A chain
// that drifts becomes two that disagree.
Matrix split_chains(const Matrix& traces);

// The mean over chains of (1 / draws) sum_t (x_t - m)(x_{t+k} - m) at lags k = 0 … last, with m each chain's own mean.
// Direct sums: draws x lags products. UsageError unless 0 <= last < draws.
std::vector<double> autocovariance(const Matrix& traces, std::int64_t last);

// The sample variance within chains, draws - 1 in the denominator; the mean over chains.
double within_variance(const Matrix& traces);

// τ = 1 + 2 sum_{k>0} ρ_k, so that the variance of a mean over N draws is that of one draw times τ / N. The sum is
// Geyer's initial monotone sequence ("Practical Markov chain Monte Carlo", 1992, §3.3) of ρ, the autocovariance over
// that at lag 0: pairs ρ_{2k} + ρ_{2k+1} up to the first that is not positive, none larger than the one before. It
// stops there, after a few τ lags. At least 1 / log10(N), as in Stan: chains that alternate would come out at nothing,
// or less. Chains shorter than some 50 τ make it too small. NaN if no chain moves. At least 2 draws.
double integrated_autocorrelation_time(const Matrix& traces);

// Draws over τ, where τ is that of the halves of all chains, its ρ_k = 1 - (W - autocovariance_k) / V with W the
// variance within them and V = W (n - 1) / n + that of their means: where chains disagree, ρ does not fall to 0 and
// little is left (Vehtari, Gelman, Simpson, Carpenter and Bürkner 2021, "Rank-normalization, folding, and localization:
// an improved R̂ for assessing convergence of MCMC"). At most N log10(N). NaN if all draws are equal. At least 4 draws.
double effective_sample_size(const Matrix& traces);

}  // namespace basin
