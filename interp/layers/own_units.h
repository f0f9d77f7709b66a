// A network in units of its own (docs/theory.md §1.6): each input and each hidden neuron is scaled by a power of two so
// that it is of size 1 where it is not zero, and the weights undo it; each output so that its weights are. Up to the
// units of the outputs the function stays the same to the bit, and all networks that differ by such rescalings become
// one, so what is computed here does not depend on them.
#pragma once
#include "interp/layers/relu_net.h"

namespace basin::interp {

struct OwnUnits {
  ReluNet net;
  Matrix x;                   // [samples, d_0]
  std::vector<double> scale;  // parameter i of the given network = scale[i] times parameter i of `net`; powers of two
};

// Size is the geometric mean of |f| over the samples where f is not 0, or of the weights that are not 0. Errors: those
// of ReluNet::validate; DataError without samples, ShapeError if x does not fit.
OwnUnits own_units(const ReluNet& net, const Matrix& x);

}  // namespace basin::interp
