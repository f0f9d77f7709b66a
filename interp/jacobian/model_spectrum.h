// The spectrum of J = d output / d theta of any model, a transformer say: integer ranks, and counts above cut-offs,
// from one decomposition (docs/theory.md §1.3, §1.4). Dense networks have jacobian_spectrum, which never holds J.
#pragma once
#include "interp/jacobian/parameter_jacobian.h"

namespace basin::interp {

// By QR of J, all of whose singular values are then right to a few eps of the largest. J is held: n k N numbers, by
// reverse sweeps of the engine. Errors: those of ModelJacobian. Bit-equal for any number of threads.
JacobianSpectrum model_spectrum(const ModelPoint& model, const Inputs& data, const SweepOptions& options = {},
                                double relative_tolerance = rank_tolerance);

}  // namespace basin::interp
