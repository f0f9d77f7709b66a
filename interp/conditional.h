// The fourth kind of degeneracy, conditional low rank (docs/theory.md §3.4): inputs that have full rank on the data,
// and a low one where a neuron fires. The Gram matrices of a layer do not see it, its own Jacobian J^l does.
#pragma once
#include "interp/degeneracy.h"
#include "interp/mask_relations.h"

namespace basin::interp {

struct ConditionalBound {
  std::vector<RankDecision> layer_ranks;  // rank J^l, at most r_l s_{l+1}; as the dense layers
  RankDecision gauge;                     // rank of Phi as the row spaces of the J^l see it
  std::int64_t lower_bound = 0;           // sum_l (d~_l d_{l+1} - rank J^l) + gauge.rank

  // What patterns that are related without being equal add: the rank of the moves of interp/pattern_moves.h and of Phi
  // together, in the same row spaces, and the bound with it, which is never below lower_bound.
  MaskRelations relations{};
  RankDecision patterns{};
  std::int64_t lower_bound_patterns = 0;

  double smallest_gap() const;  // over layer_ranks and gauge
};

// A bound on N - rank J that is never below (*) of interp/degeneracy.h. Phi has to be looked at in the row spaces of
// the J^l: beside the ranks of the J^l, rank Phi of (*) would count directions twice. Two passes over the data; time
// and memory as interp/jacobian_kernel.h. Errors as degeneracy.
ConditionalBound conditional_bound(const ReluNet& net, const Matrix& x, const DegeneracyOptions& options = {});

}  // namespace basin::interp
