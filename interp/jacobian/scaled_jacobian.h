// J = d output / d theta of a network on scales at which double can decide its rank (docs/theory.md §1.6).
//
//   J~ = R J T D: T takes from each input f_j of a layer with a bias its median (the bias takes it back), R and D scale
//   rows (sample, output) and columns (parameters) by powers of two to length 1.
//
// R, T and D are invertible and T and D keep the parameters of each layer among themselves, so ranks of J, of its
// layers and of restrictions to directions are those of J~. A column whose rounding, followed through the network, is
// more than `rounding_target` of it is scaled so that its rounding is that much: so one level tells rounding from the
// rest in all of J~.
#pragma once
#include "interp/jacobian/scaled_products.h"
#include "interp/layers/relu_net.h"

namespace basin::interp {

inline constexpr double rounding_target = 4e-15;

struct ScaledJacobian : ScaledTables {        // F less the centre, R B; D. Columns of zeros are dropped
  std::vector<std::vector<double>> center{};  // by dense layer: what was taken from each f^l_j; empty without a bias
  // The same with Kronecker scales, for the formulas that are about f~ and B alone, by dense layer: columns of length 1
  // of f~ less the centre, [samples, d~], and of R B, [samples k, d_out], and what made them so; 0 for columns of
  // zeros.
  std::vector<Matrix> activations{}, gradients{};
  std::vector<std::vector<double>> input_scale{}, output_scale{};
};

// Of a network in its own units, and its tables. Memory of a few n (sum d~_l + k sum d_{l+1}) numbers.
ScaledJacobian scaled_jacobian(const ReluNet& net, std::vector<FullTable> tables);

// Directions of all parameters [any, N], in coordinates in which T is undone (LayerRanges::center), as directions of
// J~: [any, columns()], rows of length 1. Parts in dropped columns, which nothing notices, are dropped.
Matrix in_columns(const ScaledJacobian& jacobian, const Matrix& directions);

}  // namespace basin::interp
