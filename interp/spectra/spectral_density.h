// The spectrum of an operator as a whole, from a few Lanczos runs: stochastic Lanczos quadrature (Ubaru, Chen, Saad
// 2017; docs/theory.md §1.5). For a random direction v, N v^T f(A) v has the mean tr f(A), and the Ritz values with
// their weights integrate every polynomial of degree 2 steps - 1 exactly. Probes differ: that is the standard error.
// Steps are finite: two rules of neighbouring degree say what that leaves open. Bit-equal for any number of threads.
#pragma once
#include "interp/spectra/operators.h"

namespace basin::interp {

struct QuadratureOptions {
  std::int64_t probes = 10, steps = 100;
  std::uint64_t seed = 0;
  int threads = 1;  // over blocks of vectors_at_once probes, each probe with steps x N numbers; threads inside the
                    // operator then rest. With fewer blocks than threads it is the other way round
};

struct QuadratureRule {
  std::vector<double> nodes{}, weights{};  // descending nodes; weights sum to N
};

struct SpectralQuadrature {
  std::int64_t size = 0;                // N
  std::vector<QuadratureRule> gauss{};  // for each probe
  std::vector<QuadratureRule> radau{};  // with one more node, fixed just below 0 (or below the least Ritz value)
};

// UsageError below two probes or two steps.
void require_quadrature(const QuadratureOptions& options);

// Probe i starts from the random stream "lanczos/<i>". Errors of require_quadrature and of extend.
SpectralQuadrature lanczos_quadrature(const Operator& op, const QuadratureOptions& options = {});

// A sum of f over all N eigenvalues: the mean of both rules. A count c comes with a standard error near
// sqrt(2 c (1 - c / N) / probes).
struct SpectralSum {
  double value = 0, standard_error = 0;
  double unresolved = 0;  // half the distance of the rules: large where more steps are needed
};
SpectralSum spectral_sum(const SpectralQuadrature& quadrature, const std::function<double(double eigenvalue)>& f);

// sum h / (h + a) (docs/theory.md §1.4), for a positive semidefinite operator: eigenvalues below 0 count as 0. What the
// same probes would give after all steps lies within `unresolved` of the value (the signs of the derivatives of
// h / (h + a) make one rule too large and the other too small; Golub and Meurant 2010, ch. 6), for cut-offs above 1e-12
// of the largest eigenvalue. UsageError for one that is not positive.
SpectralSum soft_count(const SpectralQuadrature& quadrature, double cutoff);

// How many eigenvalues exceed the cut-off, with an edge as wide as `width` decades: eigenvalue h > 0 counts as the
// normal distribution function at log10(h / cutoff) / width. UsageError for a cut-off or width that is not positive.
SpectralSum smooth_count(const SpectralQuadrature& quadrature, double cutoff, double width = 0.1);

// Positive eigenvalues in each decade at each place of the grid: every eigenvalue is a normal curve over log10 h with
// standard deviation `width`. Its integral above a place is smooth_count there.
struct SpectralDensity {
  std::vector<double> grid{}, density{}, standard_error{};
};
SpectralDensity spectral_density(const SpectralQuadrature& quadrature, const std::vector<double>& grid,
                                 double width = 0.1);

// From `low` to `high` in equal steps of the logarithm. UsageError unless 0 < low < high and points >= 2.
std::vector<double> log_grid(double low, double high, std::int64_t points);

}  // namespace basin::interp
