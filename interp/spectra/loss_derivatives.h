// Value, gradient and Hessian of a loss by the engine, held as numbers: of small models, and to check what knows the
// Hessian by products alone (docs/theory.md §1.2).
#pragma once
#include "core/tensor.h"
#include "interp/sweep/sweep.h"

namespace basin::interp {

struct LossDerivatives {
  double loss = 0;
  std::vector<double> gradient;  // [N], as the flat parameter vector
  Matrix hessian;                // [N, N]
};

// Of the mean over all samples of the named value `loss`: a number for each row, or a scalar that is their mean; there
// may be no inputs. One program over all data at once, given all N unit vectors: memory of N times that of a run.
// NameError and ShapeError as sweep.
LossDerivatives loss_derivatives(const ModelPoint& model, const std::string& loss, const Inputs& inputs);

}  // namespace basin::interp
