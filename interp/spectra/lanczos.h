// Lanczos' method (docs/theory.md §1.5): the largest eigenvalues of an operator, and its spectrum as seen from one
// vector, from as many products as there are steps. Every new vector is made orthogonal to all earlier ones, twice: no
// eigenvalue is found two times over. Memory is steps x N, time beside the products O(steps^2 N).
#pragma once
#include "interp/spectra/operators.h"

namespace basin::interp {

// Orthonormal vectors q_1, q_2, … that span start, A start, A^2 start, …; in them A is tridiagonal, with alpha on the
// diagonal and beta beside it. beta[m - 1] leads from the first m vectors to the next.
struct Krylov {
  std::int64_t size = 0;                // N
  std::vector<double> basis{};          // one vector behind the other: one more than steps, unless invariant
  std::vector<double> alpha{}, beta{};  // one of each for every step

  std::int64_t steps() const { return std::int64_t(alpha.size()); }
  // A maps the span into itself (beta is at rounding level, 1e-13 of the largest entries): there is nothing more to
  // find from this start.
  bool invariant() const { return std::int64_t(basis.size()) == steps() * size; }
};

// Before the first step. The start need not have length 1. NumericalError if it is zero or not finite.
Krylov krylov_from(std::vector<double> start);
// A direction without preference, from the random stream "lanczos/<index>".
Krylov random_krylov(std::int64_t size, std::uint64_t seed, std::int64_t index = 0);

// Goes on until there are `steps` of them or the span is invariant. ShapeError if sizes differ, NumericalError if a
// product is not finite; errors of the operator.
void extend(Krylov& krylov, const Operator& op, std::int64_t steps);
// Several at the same time: those that are not done share their products.
void extend(std::span<Krylov> spaces, const Operator& op, std::int64_t steps, int threads = 1);

// Eigenvalues theta_i of the tridiagonal matrix T of the first m steps, descending. Within residuals[i] = beta_m
// |last entry of vector i| = ||A y_i - theta_i y_i|| of each there is an eigenvalue of A, up to rounding (1e-13 of the
// largest). weights[i] is the squared first entry: they are the Gauss quadrature of the spectrum that the start sees.
struct RitzValues {
  std::vector<double> values{}, residuals{}, weights{};
  Matrix vectors{};  // of T, in columns, [m, m]
};
RitzValues ritz_values(const Krylov& krylov, std::int64_t steps);  // UsageError unless 1 <= steps <= krylov.steps()

struct EigenvalueOptions {
  double tolerance = 1e-8;       // on residuals, relative to the largest |eigenvalue|
  std::int64_t max_steps = 300;  // never more than N
  std::uint64_t seed = 0;
};

// Errors are at most the residuals; where eigenvalues stand apart they are about residual^2 / distance.
struct LargestEigenvalues {
  std::vector<double> values{}, residuals{};  // descending
  Matrix vectors{};                           // in rows, [values, N]
  std::int64_t steps = 0;
  bool converged = false;  // `count` values, or all that this start can see, with residuals below the tolerance
};

// The `count` largest (not in modulus). Of an eigenvalue that occurs several times one copy is found, so there may be
// fewer than `count` values. UsageError for a count, max_steps or tolerance that is not positive.
LargestEigenvalues largest_eigenvalues(const Operator& op, std::int64_t count, const EigenvalueOptions& options = {});

}  // namespace basin::interp
