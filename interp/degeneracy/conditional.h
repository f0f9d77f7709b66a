// The fourth kind of degeneracy, conditional low rank (docs/theory.md §3.4): inputs that have full rank on the data,
// and a low one where a neuron fires. The Gram matrices of a layer do not see it, its own Jacobian J^l does.
#pragma once
#include "interp/degeneracy/subject.h"
#include "interp/layers/mask_relations.h"

namespace basin::interp {

// Bounds on N - rank J that cannot exceed it, whatever the scales of the network: on J~, with tau' = tau / sqrt(L + 1)
// for L > 1 dense layers,
//   sum_l #{singular values of J~^l at most tau'} + #{singular values of J~ along Q at most tau'}
//   <= #{singular values of J~ at most tau},
// where Q are orthonormal directions made of moves, orthogonal to what the first sum counts (docs/theory.md §3.8).
struct ConditionalBound {
  std::vector<RankDecision> layer_ranks;  // rank J^l, at most r_l s_{l+1}; as the dense layers
  RankDecision gauge;                     // rank of Phi as the row spaces of the J^l see it
  std::int64_t lower_bound = 0;           // sum_l (d~_l d_{l+1} - rank J^l) + those of Q along which J~ is null

  // What patterns that are related without being equal add: the rank of the moves of interp/degeneracy/pattern_moves.h
  // and of Phi together, in the same row spaces, and the bound with it, which is never below lower_bound. They are not
  // sought where lower_bound explains all there is, nor where they are too many (visit_pattern_moves).
  MaskRelations relations{};
  RankDecision patterns{};
  std::int64_t lower_bound_patterns = 0;
  bool patterns_sought = true;  // false only for too many

  bool decided = true;          // whether each rank J^l is (core/rank.h)
  double smallest_gap() const;  // over layer_ranks and gauge
};

// A bound on N - rank J that is never below (*) of interp/degeneracy/degeneracy.h, decided at `tolerance` times the
// scale of the subject's ruler. Phi has to be looked at in the row spaces of the J^l: beside the ranks of the J^l, rank
// Phi of (*) would count directions twice.
ConditionalBound conditional_bound(const Subject& s, double tolerance);
ConditionalBound conditional_bound(const ReluNet& net, const Matrix& x, const DegeneracyOptions& options = {});

}  // namespace basin::interp
