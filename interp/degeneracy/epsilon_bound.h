// Which kinds of degeneracy the directions of a trained network belong to, at a cut-off (docs/theory.md §3.8). Integer
// ranks need a spectral gap, which trained networks lack; these counts need none, and their sum never exceeds what it
// bounds, at any cut-off.
#pragma once
#include <functional>
#include <tuple>

#include "interp/layers/full_tables.h"
#include "interp/layers/relu_net.h"

namespace basin::interp {

// Counts of orthogonal directions of parameter space; those below `free` are disjoint.
struct EpsilonBound {
  double epsilon = 0;             // of the largest eigenvalue of J^T J
  std::int64_t free = 0;          // eigenvalues of J^T J below epsilon times the largest
  std::int64_t activations = 0;   // kind (a): directions that the inputs of a layer hardly take
  std::int64_t gradients = 0;     // kind (b): and that the outputs hardly notice
  std::int64_t products = 0;      // neither alone: small activations times small gradients
  std::int64_t conditional = 0;   // the fourth kind: low rank of a layer's own Jacobian beyond these
  std::int64_t rescaling = 0;     // one neuron's input against its output
  std::int64_t synchronised = 0;  // kind (c): pairs of neurons that nearly fire together
  std::int64_t low_rank() const { return activations + gradients + products; }
  std::int64_t bound() const { return low_rank() + conditional + rescaling + synchronised; }  // at most `free`
  std::int64_t unexplained() const { return free - bound(); }
};

inline auto fields(EpsilonBound& b) {
  return std::tie(b.epsilon, b.free, b.activations, b.gradients, b.products, b.conditional, b.rescaling,
                  b.synchronised);
}

// The counts by name, for tables: "low activations", "low gradients", "low products", "conditional", "rescaling",
// "synchronised", then "unexplained" and "all", which is `free`.
struct BoundKind {
  std::string name;
  std::function<std::int64_t(const EpsilonBound&)> count;
};
const std::vector<BoundKind>& bound_kinds();

// Two neurons nearly fire together if the samples on which both do are this share of those on which one does; a neuron
// that fires on this share of all samples joins the constant. A lower one raises bounds and costs time.
inline constexpr double nearly_together = 0.9;

inline constexpr double smallest_epsilon = 1e-13;  // J^T J is a Gram matrix: its eigenvalues are right to 1e-15

// As `epsilons`, in their order. J^T J is held, N x N, and all its eigenvalues are computed: time grows as
// n k N^2 + N^3. Where n k is below N, `free` counts missing data too. UsageError for an epsilon outside
// [smallest_epsilon, 1); other errors those of ReluNet::validate and of sweep. One pass over the data, or none:
// `tables` are those of the network.
std::vector<EpsilonBound> epsilon_bounds(const ReluNet& net, const std::vector<FullTable>& tables,
                                         const std::vector<double>& epsilons, int threads = 1);
std::vector<EpsilonBound> epsilon_bounds(const ReluNet& net, const Matrix& x, const std::vector<double>& epsilons,
                                         const SweepOptions& options = {});

}  // namespace basin::interp
