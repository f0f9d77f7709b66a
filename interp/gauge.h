// Phi, the moves that leave the function of a ReLU network unchanged because neurons of a block fire together
// (docs/theory.md §3): W~^l -> W~^l + A^{l+1} W~^l - W^l A^l with A block-diagonal over firing blocks.
#pragma once
#include "interp/firing_blocks.h"

namespace basin::interp {

// Orthonormal bases of what data and gradients span at dense layer l.
struct LayerRanges {
  Matrix activations;  // Q_G [d_l + 1, r_l], the range of G^l; the constant is the last row
  Matrix gradients;    // Q_K [d_{l+1}, s_{l+1}], the range of K^{l+1}
};

// Phi^T, one row for each free entry of A: k^2 for a block of k neurons, k(k+1) for an always-on block, which the
// constant joins, none for a dead one. Columns: the coordinates Q_K^T (A^{l+1} W~^l - W^l A^l) Q_G of all layers l one
// behind the other, sum_l s_{l+1} r_l of them: P_K and P_G of the formula, whose rank is the same, are never formed.
// `blocks` are those of the hidden layers; `ranges` has one entry for each dense layer. ShapeError if they do not fit.
Matrix gauge_moves(const ReluNet& net, const std::vector<LayerRanges>& ranges, const std::vector<FiringBlock>& blocks);

// rank Phi, with its spectral gap.
RankDecision gauge_rank(const ReluNet& net, const std::vector<LayerRanges>& ranges,
                        const std::vector<FiringBlock>& blocks, double relative_tolerance = rank_tolerance);

}  // namespace basin::interp
