// How much the directions of a node layer matter for what lies behind: M = E J^T J with J = d target / d x, and what
// the older formulas put in its place (docs/theory.md §5.2).
#pragma once
#include "interp/basis/basis.h"

namespace basin::interp {

struct Importance {
  Matrix M;          // [d, d]
  Matrix cross{};    // E g^T x, [d, d], for the kinds of integrated gradients g; else empty
  double error = 0;  // Basis::source_error

  template <class Each>
  void fields(Each& each) {
    each(M, cross, error);
  }
};

// Of section `l`, to the features target [columns of x of the next layer, features].
Importance local_importance(const FoldedModel& model, std::int64_t l, const Matrix& target, const LayerMoments& moments,
                            const Inputs& inputs, const BasisOptions& options);

// Of all node layers but the last, to the features target of the last one.
std::vector<Importance> global_importances(const FoldedModel& model, const Matrix& target, const Inputs& inputs,
                                           const BasisOptions& options);

}  // namespace basin::interp
