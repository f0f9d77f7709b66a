// A basis of the directions that leave a ReLU network's outputs on a data set unchanged to first order, the null space
// of J, each labelled with the kind that explains it (docs/theory.md §3.7).
#pragma once
#include "interp/degeneracy.h"

namespace basin::interp {

// The kinds are asked in this order, and each gives what those before it left:
//   "layers.0 low rank"         kinds (a) and (b) of a dense layer
//   "layers.0 rescaling 4"      one neuron's input against its output; "layers.0 block 3 5 7" for neurons that fire
//   "layers.0 always_on 1 2"    together, "always_on" where the constant joins them: kind (c)
//   "layers.0 conditional"      low rank of the layer's own Jacobian (interp/conditional.h)
//   "related patterns"          patterns that are related without being equal (interp/pattern_moves.h)
//   "unexplained"               the rest
// The vectors up to kind (c) number lower_bound of interp/degeneracy.h, those with "conditional" that of
// interp/conditional.h, and with "related patterns" its lower_bound_patterns. Inside a label the vectors are any
// orthonormal basis.
struct NullSpace {
  Matrix basis;                     // [N - rank J, N], orthonormal rows, coordinates as in interp/parameter_moves.h
  std::vector<std::string> labels;  // one for each row; equal labels are neighbours
};

// Three passes over the data; time and memory as interp/jacobian_kernel.h. Errors as degeneracy; NumericalError if the
// kinds do not fit into the null space, which happens only when ranks lack a spectral gap.
NullSpace jacobian_null_space(const ReluNet& net, const Matrix& x, const DegeneracyOptions& options = {});

// An .npz with three arrays: `basis` [free, N]; `label` [free], for each row of it the row of `names`; `names` [labels,
// longest], the labels as character codes, 0 behind the end. In Python, d = numpy.load(path):
//   names = [bytes(row[row > 0].astype("uint8")).decode() for row in d["names"]]
void write_null_space(const std::string& path, const NullSpace& space);

}  // namespace basin::interp
