// The covariances of many observables with many others, by matrix products: what chain_covariance (chain_cumulants.h)
// says of one pair at a time, for a matrix between all samples of a data set (docs/theory.md §6.6).
#pragma once
#include "core/tensor.h"

namespace basin {

struct CovarianceTable {
  Matrix value, error;  // [p, q]: the 95 % interval is value ± 1.96 error, as of ChainMean
};

// Of x [chains, draws, p] and y [chains, draws, q], around the means over all chains. Two errors can be had, as in
// chain_mean: from within the chains by the means of eighths of each, which know of memory that is short beside an
// eighth (Student's t, 7 degrees of freedom a chain), and from between the chains (chains - 1). The wider counts. It is
// infinite for what never varied. Bit-equal for any number of threads.
// UsageError unless both have the same chains and at least 16 draws of each; NumericalError for NaN or Inf.
CovarianceTable chain_covariances(const Tensor<double>& x, const Tensor<double>& y, int threads = 1);

// Pearson's correlations with errors of the same kind, of x y - r (x² + y²) / 2 with x and y in standard units: r
// varies less than the covariance does, and not at all where it is 1. What never varied has 0 with infinite error.
CovarianceTable chain_correlations(const Tensor<double>& x, const Tensor<double>& y, int threads = 1);

}  // namespace basin
