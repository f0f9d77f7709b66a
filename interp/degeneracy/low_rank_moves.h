// Directions of the parameters of single values that a model's outputs do not notice, from its Jacobian (docs/theory.md
// §3.13).
#pragma once
#include "core/rank.h"
#include "interp/degeneracy/basis_changes.h"
#include "interp/jacobian/scaled_model_jacobian.h"

namespace basin::interp {

// The parameters that write one value are read as one matrix W [in, out]: a weight and its bias, whose activation is 1;
// tokens and positions, whose activations say which; each head by itself. Others, such as gains, are [1, out]. J_W is
// then a sum of products b (x) a of activations a [in] and gradients b [out]. Where the a of all samples and positions
// leave out u, all u (x) v are null; where the b leave out v, the same.
//   low activations    all u (x) v, for the kernel of J_W unfolded to [any, in]
//   low gradients      all u (x) v, for that of J_W unfolded to [any, out]
//   conditional        the kernel of J_W itself, of all that write the value
// The first two kernels are decided at the ruler's tolerance on columns of length 1, the third on the ruler. What their
// moves are worth is decided by who counts them.
std::vector<MoveFamily> low_rank_moves(const ScaledModelJacobian& jacobian, const TracedSpaces& traced,
                                       const Ruler& ruler);

}  // namespace basin::interp
