// How many directions of parameter space leave the outputs of a ReLU or linear network on a data set unchanged to first
// order, N - rank J, and how many of them docs/theory.md §3.1 explains: low ranks of activations and gradients (kinds a
// and b) and neurons that fire together (kind c).
//
// All integers are ranks in double, of matrices on scales of their own (interp/jacobian/scaled_jacobian.h), decided at
// a relative tolerance. They are facts about the network where everything below the tolerance is rounding, decided().
// Elsewhere the numbers do not decide, and there are two readings: what is above rounding counts, or what is above the
// tolerance. On a trained network a rank without a gap means little. Results are bit-equal for any number of threads.
#pragma once
#include "interp/degeneracy/conditional.h"

namespace basin::interp {

struct LayerDegeneracy {
  std::string name;             // "layers.0"
  std::int64_t rows, columns;   // of W~^l: d_{l+1} and d~_l, which is d_l + 1, or d_l without a bias
  RankDecision activation;      // r_l, the rank of f~^l over the data
  RankDecision gradient;        // s_{l+1}, the rank of B^{l+1} over data and outputs
  std::int64_t free_low_rank;   // kinds (a) and (b), overlap removed: d~_l d_{l+1} - r_l s_{l+1}
  std::int64_t naive_low_rank;  // the same counted twice over: d_{l+1} (d~_l - r_l) + d~_l (d_{l+1} - s_{l+1})
};

struct DegeneracyReport {
  std::int64_t parameters = 0, samples = 0, outputs = 0;
  double tolerance = 0;
  std::int64_t ceiling = 0;  // the largest rank J of a network of these sizes (docs/theory.md §3.11)
  RankDecision jacobian;     // rank J; its gap is the spectral gap of the report
  RankDecision gauge;        // rank Phi, kind (c)
  std::vector<LayerDegeneracy> layers;
  std::vector<FiringBlock> blocks;  // of all hidden layers; single neurons too
  double firing_margin = 0;         // see firing_blocks.h
  std::int64_t gauge_entries = 0;   // sum k^2 over the blocks that are not dead, k(k+1) where the constant joins
  ConditionalBound conditional;     // the bounds that cannot exceed free_directions()

  NetReading reading{};  // of the file that the network comes from

  // The same with everything below rounding, and nothing else, taken for zero: the other reading. None if decided().
  std::vector<DegeneracyReport> at_rounding{};

  std::int64_t free_directions() const { return parameters - jacobian.rank; }
  std::int64_t below_ceiling() const { return ceiling - jacobian.rank; }  // 0: the ceiling is reached
  std::int64_t formula() const;      // the right side of (*): sum_l free_low_rank + rank Phi
  std::int64_t lower_bound() const;  // (*), and at most the conditional bound: so at most free_directions()
  std::int64_t residual() const { return free_directions() - lower_bound(); }  // what (*) does not explain
  std::int64_t naive_sum() const;  // a + b + gauge_entries: not a bound, for comparison
  double smallest_gap() const;     // over all ranks above
  bool decided() const;            // whether all these integers are: nothing but rounding was taken for zero
};

// x is [samples, d_0]. Errors: those of ReluNet::validate; ShapeError if x does not fit; those of sweep.
DegeneracyReport degeneracy(const ReluNet& net, const Matrix& x, const DegeneracyOptions& options = {});
DegeneracyReport degeneracy(const Subject& subject);

// A count of a report in both its readings.
struct Reading {
  std::int64_t at_rounding = 0, at_tolerance = 0;
  bool decided() const { return at_rounding == at_tolerance; }
};
using Count = std::int64_t (*)(const DegeneracyReport&);
Reading reading(const DegeneracyReport& report, Count count);

// One JSON object: verdict ("decided" or "undecided"), parameters, samples, outputs, tolerance, rounding,
// jacobian_rank, ceiling, below_ceiling, free_directions, spectral_gap (of J), largest_dropped (of J, relative to the
// largest), smallest_gap, gauge_rank, gauge_gap, lower_bound, residual, naive_sum, firing_margin, layers [{name,
// activation_rank, activation_gap, gradient_rank, gradient_gap, free_low_rank}], blocks [{layer, kind, neurons}]
// without the single ones. Of the conditional bound: lower_bound_conditional, conditional_ranks [by layer],
// conditional_gap (smallest), unexplained (= free_directions - lower_bound_conditional), lower_bound_patterns and
// patterns_gap (what related patterns explain too), unexplained_patterns (= free_directions - lower_bound_patterns),
// complementary_pairs [{layer, neurons, complement}], nested_pairs [{layer, neurons, readers}] (readers of the next
// layer). An infinite gap (nothing but zeros was dropped) is null. A count whose two readings differ is null and stands
// in readings {name: [at rounding, at the tolerance]}. patterns_sought is false if there were too many patterns to look
// through (interp/degeneracy/pattern_moves.h). How the file was read: layout, layout_proved, layer_order (NetReading);
// layers have the file's names.
std::string to_json(const DegeneracyReport& report);

}  // namespace basin::interp
