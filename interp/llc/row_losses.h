// The losses of single rows of the data, and posteriors in which rows do not count the same (docs/theory.md §6.6).
#pragma once
#include "interp/llc/local_posterior.h"

namespace basin::interp {

// The loss of each row [rows]; of a loss with more axes, such as positions, the mean over these. UsageError for a loss
// that is one number for all rows, or none.
Var loss_by_row(const Ends& ends);

// With L(w) = (1/n) Σ_i weights_i ℓ_i(w) in place of the mean of ℓ_i. n, and so nβ, stays what it is. Batches take
// their rows' weights along. Its losses are the weighted ones; who wants those of the data at its places observes them
// with the posterior as it was. UsageError for data without rows, or unless there is one finite weight for each.
LocalPosterior reweighted(LocalPosterior posterior, std::span<const double> weights);

}  // namespace basin::interp
