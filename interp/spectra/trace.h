// Traces of operators from products with random vectors, with standard errors (docs/theory.md §1.5). Bit-equal for any
// number of threads.
#pragma once
#include "interp/spectra/operators.h"

namespace basin::interp {

struct TraceEstimate {
  double value = 0, standard_error = 0;
};

// The mean of independent samples and its standard error (0 if there is but one sample).
TraceEstimate mean_estimate(std::span<const double> samples);

struct TraceOptions {
  std::int64_t products = 60;
  std::uint64_t seed = 0;
  int threads = 1;  // over blocks of vectors_at_once products; threads inside the operator then rest
};

// tr A by Hutch++ (Meyer, Musco, Musco, Woodruff 2021, arXiv 2010.09649): a third of the products finds an orthonormal
// Q whose span holds the large eigenvalues, a third takes tr Q^T A Q exactly, and the rest, random signs without their
// part along Q, sample what is left over. Unbiased; the error falls as 1 / products where sampling alone has
// 1 / sqrt(products). With products / 3 >= N it is exact. Memory is O(products N). UsageError below 6 products.
TraceEstimate trace_estimate(const Operator& op, const TraceOptions& options = {});

// f(A) as an operator: f(A) v is taken in the Krylov space of v after `steps` steps (interp/spectra/lanczos.h), exact
// if that is invariant. One product costs up to `steps` of A. UsageError if steps < 1.
Operator function_operator(Operator op, std::function<double(double eigenvalue)> f, std::int64_t steps);

}  // namespace basin::interp
