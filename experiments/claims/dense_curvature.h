// Second derivatives of a loss as whole matrices, by differences of plain loops.
#pragma once
#include "experiments/claims/claim_nets.h"

namespace basin::experiments {

struct DenseCurvature {
  ClaimNet net;         // on the samples that are far from kinks
  Matrix targets;       // [n, k], drawn
  Matrix gauss_newton;  // (2/n) J^T J
  Matrix hessian;       // of (1/n) sum |f - target|^2, not positive
};

// Some hundred parameters at most: N^2 losses are computed. Right to about 1e-6 of the largest entry.
DenseCurvature dense_curvature(const ClaimNet& net, Rng& rng);

}  // namespace basin::experiments
