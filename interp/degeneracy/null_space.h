// A basis of the directions that leave a ReLU network's outputs on a data set unchanged to first order, the null space
// of J, each labelled with the kind that explains it (docs/theory.md §3.7).
#pragma once
#include "interp/degeneracy/subject.h"

namespace basin::interp {

// The kinds are asked in this order, and each gives what those before it left:
//   "layers.0 low rank"         kinds (a) and (b) of a dense layer
//   "layers.0 rescaling 4"      one neuron's input against its output; "layers.0 block 3 5 7" for neurons that fire
//   "layers.0 always_on 1 2"    together, "always_on" where the constant joins them: kind (c)
//   "layers.0 conditional"      low rank of the layer's own Jacobian (interp/degeneracy/conditional.h)
//   "related patterns"          patterns that are related without being equal (interp/degeneracy/pattern_moves.h)
//   "unexplained"               the rest
// The vectors up to kind (c) number lower_bound of interp/degeneracy/degeneracy.h, those with "conditional" that of
// interp/degeneracy/conditional.h, and with "related patterns" its lower_bound_patterns. Inside a label the vectors are
// any orthonormal basis.
struct NullSpace {
  Matrix basis;                     // [any, N], orthonormal rows, coordinates as in interp/degeneracy/parameter_moves.h
  std::vector<std::string> labels;  // one for each row; equal labels are neighbours
  std::vector<double> residuals;    // |J v| over the largest singular value of J, of each row; at most null_residual
  // Directions that a kind names but J, measured once more by itself, does not find null; they are not in the basis.
  struct NotNull {
    std::string label;
    double residual;
  };
  std::vector<NotNull> not_null{};
};

inline constexpr double null_residual = 1e-9;

// Where the counts are decided the rows number N - rank J and not_null is empty, unless the network's units are so far
// apart that double holds no orthonormal basis of its null space; there, and where counts are undecided, what passes
// the check is given and what does not is listed. One more pass over the data unless the subject has its given tables;
// time and memory grow with N^2 and more.
// Errors as degeneracy.
NullSpace jacobian_null_space(const Subject& subject);
NullSpace jacobian_null_space(const ReluNet& net, const Matrix& x, const DegeneracyOptions& options = {});

// An .npz with four arrays: `basis` [free, N]; `residual` [free], |J v| over the largest singular value of J; `label`
// [free], for each row of it the row of `names`; `names` [labels, longest], the labels as character codes, 0 behind the
// end. In Python, d = numpy.load(path):
//   names = [bytes(row[row > 0].astype("uint8")).decode() for row in d["names"]]
void write_null_space(const std::string& path, const NullSpace& space);

}  // namespace basin::interp
