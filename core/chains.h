// What Markov chains say of an expectation, with an error that counts both what each chain remembers and how far chains
// are apart; from where on they may be believed. Traces are [chains, draws], with the errors of require_traces
// (core/autocorrelation.h).
#pragma once
#include <tuple>

#include <cmath>
#include <cstdint>
#include <span>

#include "core/tensor.h"

namespace basin {

// The mean over all draws with a 95 % interval. Two errors can be had: from within the chains, which is too small where
// chains are too short to show how long they remember, or stay where they started; and from between them, which
// supposes nothing but has few degrees of freedom. The interval is the wider of the two, so it may cover more than 95 %
// (some 98 % with four chains), and is wide with two. One chain has only the first: too narrow below some 50 iat.
struct ChainMean {
  double mean = 0;
  double within_error = 0;      // sqrt(variance within chains x iat / draws of all chains); NaN if no chain moves
  double between_error = 0;     // deviation of the chains' means / sqrt(chains); NaN with one chain
  double error = 0;             // half the interval's width / 1.96: infinite if no chain moves
  double lower = 0, upper = 0;  // mean ± the larger of 1.96 within_error and t between_error, t Student's quantile with
                                // chains - 1 degrees of freedom; with one chain by the former alone
  double iat = 0;    // integrated_autocorrelation_time, in draws
  double ess = 0;    // effective_sample_size, of all chains
  double r_hat = 0;  // split_r_hat
};
inline auto fields(ChainMean& m) {
  return std::tie(m.mean, m.within_error, m.between_error, m.error, m.lower, m.upper, m.iat, m.ess, m.r_hat);
}
ChainMean chain_mean(const Matrix& traces);  // at least 4 draws

// Does the running mean drift? The mean of the first fifth of the draws less that of the last half, in standard errors
// (Geweke 1992, "Evaluating the accuracy of sampling-based approaches to the calculation of posterior moments", who
// takes a tenth, often too short to know its own autocorrelation time). Each part has the error of its own draws; that
// of the whole would take a trend for long memory. A part that does not move has none. Beyond 4 errors the verdict is
// yes: the errors of short parts are themselves uncertain. Chains of a few autocorrelation times may be found to drift,
// and one may say they do.
struct Drift {
  double difference = 0;  // positive where the trace falls
  double z = 0;           // 0 if there is no difference; infinite if there is one and neither part moves

  bool drifts() const { return std::abs(z) > 4; }
};
Drift drift(const Matrix& traces);  // at least 20 draws

// How many draws to cut off at the start of every chain: the smallest multiple of a twentieth of the draws
// - that is at least 5 autocorrelation times, of the second half, where a far start does least to it: an exponential
//   memory has then lost all but e^-10 of the start,
// - after which drift() is at most 2 errors: for what is slower, and too small to see in the second half,
// - and at most half: more is no burn-in but chains that are too short, and `settled` says so. The draws are then half.
struct BurnIn {
  std::int64_t draws = 0;
  bool settled = false;
};
inline auto fields(BurnIn& b) { return std::tie(b.draws, b.settled); }
BurnIn burn_in(const Matrix& traces);  // at least 40 draws

// Variance / mean of one trace (Fano 1947), n - 1 in the denominator: 1 for counts of independent events. In the unit
// of the trace. The division is as it is: infinite if the mean is 0, NaN if all is 0. At least 2 draws.
double fano_factor(std::span<const double> trace);

}  // namespace basin
