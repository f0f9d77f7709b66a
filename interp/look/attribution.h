// Attribution patching (Nanda 2023, "Attribution patching: activation patching at industrial scale"): to first order,
// what m of the corrupt run would gain if an entry of h were that of the clean run,
//   (h_clean - h_corrupt) ∘ ∂m/∂h,
// for every entry of many values in two runs and one reverse sweep. And its form with integrated gradients (Hanna,
// Pezzelle, Belinkov 2024, arXiv 2403.17806), which is complete. Where each fails: interp/look/planted_circuits.h
// (docs/theory.md §5.10).
#pragma once
#include <string>
#include <vector>

#include "interp/look/path_integral.h"

namespace basin::interp {

struct Attribution {
  std::string name;
  Tensor<double> values;  // [samples, …] like the named value
};

struct Attributions {
  std::vector<Attribution> at;         // in the order of the names asked for
  std::vector<double> clean, corrupt;  // m of each row in both runs

  // Of each row: what the entries of at[i] add up to, less (clean - corrupt). Where all of m goes through at[i] it is
  // the error of the first order; elsewhere it also has what goes past.
  std::vector<double> residual(std::size_t i) const;
};

enum class GradientAt { corrupt, clean };

// Row r of the clean data belongs to row r of the corrupt. UsageError without names, or where m does not depend on one;
// ShapeError for a value whose first axis is not rows; DataError for unlike numbers of rows; errors of sweep.
Attributions attribution_patching(const ModelPoint& model, const Inputs& clean, const Inputs& corrupt,
                                  const std::vector<std::string>& names, const RowMetric& metric,
                                  GradientAt at = GradientAt::corrupt, const SweepOptions& options = {});

// h ∘ ∂m/∂h of one run: the same against a run in which h is 0, at the clean end. `corrupt` is empty.
Attributions gradient_times_activation(const ModelPoint& model, const Inputs& data,
                                       const std::vector<std::string>& names, const RowMetric& metric,
                                       const SweepOptions& options = {});

// With the gradient averaged over the straight path from h_corrupt to h_clean, all else as in the corrupt run: the
// values of a row add up to m with h_clean in the corrupt run less m of the corrupt run. By `points` Gauss-Legendre
// points; integrate_exactly(model, corrupt, path_from_other(model, clean, corrupt, name), metric) is exact.
PathIntegral integrated_attribution_patching(const ModelPoint& model, const Inputs& clean, const Inputs& corrupt,
                                             const std::string& name, const RowMetric& metric, int points = 32,
                                             const SweepOptions& options = {.chunk = 32});

// Sums over all axes behind the rows but those kept, which are counted from 0 behind the rows and stay in their order:
// of hook_z [samples, query, head, d_head], {0} gives positions [samples, query], {1} heads [samples, head], {} one
// number a row. UsageError for an axis that is not there, or twice.
Tensor<double> summed_but(const Tensor<double>& values, const std::vector<int>& kept);

}  // namespace basin::interp
