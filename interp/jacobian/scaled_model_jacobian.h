// J~ = R J D of any traced model, on scales on which its rank can be decided (docs/theory.md §3.13): rows and
// columns are scaled to length 1 by powers of two, and a column of which rounding is more than rounding_target
// (interp/jacobian/scaled_jacobian.h) so that its rounding is that much.
//
// The rounding of a graph of any ops is not followed but measured: J is computed once more with every parameter moved
// by one unit in its last place, up or down by chance. What then differs is the rounding of J and what rounding of the
// parameters does to it.
#pragma once
#include "interp/sweep/sweep.h"

namespace basin::interp {

struct ScaledModelJacobian {
  std::int64_t samples = 0, outputs = 0;  // n, k
  Matrix r{};                             // of the QR of J~: [min(n k, N), N], so J~ v and r v are of one length
  std::vector<double> scale{};            // D, [N]
  double rounding = 0;                    // largest length of a column's rounding, scaled

  std::int64_t rows() const { return samples * outputs; }
  std::int64_t parameters() const { return std::ssize(scale); }
  // Directions [any, N] of the parameters, as rows of length 1 in the coordinates of J~'s columns.
  Matrix in_columns(Matrix directions) const;
  Matrix from_columns(Matrix directions) const;  // the way back
};

// Of the model's Ends::output. Holds J twice, 2 n k N numbers; two passes of one reverse sweep for each sample. Errors
// of ModelJacobian (interp/jacobian/model_jacobian.h).
ScaledModelJacobian scaled_model_jacobian(const ModelPoint& model, const Inputs& data,
                                          const SweepOptions& options = {});

}  // namespace basin::interp
