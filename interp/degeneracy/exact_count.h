// The exact number of free directions of a network with one hidden layer (docs/theory.md §3.3).
#pragma once
#include "interp/degeneracy/degeneracy.h"

namespace basin::interp {

struct ExactCount {
  std::int64_t free_directions = 0;
  // Whether the gated inputs g_b(x) x~ of all live blocks, with the constant that an output bias multiplies, are
  // linearly independent on the data beyond the rank r_b of each. If so the count is exact; it is sufficient, not
  // necessary.
  bool condition = false;
};

// Sum over live blocks (k neurons, c = k; always-on and biases in both layers: the constant joins, c = k + 1) of
//   k d~ + d_out c - s r - d_out rho + s rho,    and k (d~ + d_out) for dead ones,
// with rho the rank of the block's activations, s that of its outgoing weights, r that of x~ where the block fires.
// O((blocks d~)^2) memory. Ranks are decided on matrices whose columns have length 1. UsageError unless there is
// exactly one hidden layer; other errors as degeneracy.
ExactCount exact_one_hidden(const Subject& subject);
ExactCount exact_one_hidden(const ReluNet& net, const Matrix& x, const DegeneracyOptions& options = {});

// x~ [samples, d~] on the samples where the block fires, the others left out.
Matrix gated(const Matrix& x, const FiringMasks& masks, const FiringBlock& block);

// The block's rows of W~^0 [k, d~] for inputs as subject.jacobian.activations[0] has them: pre-activations are x w^T.
Matrix block_weight(const Subject& subject, const FiringBlock& block);

}  // namespace basin::interp
