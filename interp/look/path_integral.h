// Integrated gradients at inputs and at any layer (Sundararajan, Taly, Yan 2017, arXiv 1703.01365): with h on a
// straight path, (to - from) ∘ ∫ ∂m/∂h dα says what each entry of h adds to m. These numbers are complete, their sum is
// m at the end of the path less m at its beginning; how far a computed integral is from that is its residual
// (docs/theory.md §5.10).
#pragma once
#include <cstdint>
#include <vector>

#include "interp/look/path.h"
#include "interp/look/row_metric.h"

namespace basin::interp {

struct PathIntegral {
  Tensor<double> values;              // [samples, …] like the path's ends: of each entry
  std::vector<double> before, after;  // m of each row at the beginning and at the end of its path
  std::vector<double> residual;       // of each row: the sum of its values less (after - before)
  std::vector<std::int64_t> kinks{};  // of each row, places at which m may bend on the path; only where they are exact

  double largest_residual() const;  // of all rows, |residual| / (1 + |before| + |after|)
};

// By Gauss-Legendre quadrature: its points are copies in one program, so that a chunk of rows takes `points` times the
// memory of its derivatives. Whatever lies on the way; for a smooth m the residual falls fast with the points, with
// kinks like 1 / points at best. UsageError unless points >= 1, errors of value_on, values_between and sweep.
PathIntegral integrate(const ModelPoint& model, const Inputs& data, const Path& path, const RowMetric& metric,
                       int points = 32, const SweepOptions& options = {.chunk = 32});

// Where m is piecewise linear in h: the sum over the pieces of each row's path, gradient times length, with no error
// but rounding. A value that stays at its kink along the whole path has the slope that its op's derivative has there
// (relu: 0). A piece shorter than 1e-14 of the path is taken for a part of its neighbour, and a value that changes by
// less than 1e-13 of the largest in its tensor for one that stays. Each row is a job of its own for the threads; one
// program for each thread, one run for each piece and each kink that is met by chance. UsageError as from
// kink_functions; NumericalError for more than max_pieces runs on one path, or numbers that are not finite.
struct ExactOptions {
  int threads = 1;
  std::int64_t max_pieces = 1'000'000;
};
PathIntegral integrate_exactly(const ModelPoint& model, const Inputs& data, const Path& path, const RowMetric& metric,
                               const ExactOptions& options = {});

}  // namespace basin::interp
