// The population loss of the toy model of superposition (nn/superposition.h) when one feature is there at a time,
// x = a e_i with a uniform on [0, 1]: for this law the mean over data has a closed form.
//
// With w = W_i · W_j, the columns of W, output j reads a e_i as relu(a w + b_j), so that
//   L = 1/c Σ_ij ∫_0^1 (δ_ij a - relu(a w + b_j))² da,
// where each integral is that of a polynomial over the part of [0, 1] on which the output is on.
#pragma once
#include <span>
#include <vector>

#include "core/tensor.h"

namespace basin::nn {

// θ as the model has it: W [hidden, c] and b [c]. No importance weights.
struct SuperpositionPoint {
  Matrix W;
  std::vector<double> b;

  std::int64_t features() const { return W.cols(); }
  std::int64_t hidden() const { return W.rows(); }
  std::vector<double> flat() const;  // W row by row, then b: the model's flat parameter vector
};

// The point of a flat vector. ShapeError unless it has (hidden + 1) features numbers.
SuperpositionPoint superposition_point(std::span<const double> flat, std::int64_t features, std::int64_t hidden);

// One of those integrals, δ in place of δ_ij, and its derivatives by w and b. Its ends move with w and b, which counts
// in the second derivatives where δ = 1.
struct OutputLoss {
  double value = 0, w = 0, b = 0, ww = 0, wb = 0, bb = 0;
};
OutputLoss output_loss(double w, double b, bool own);  // own: δ = 1

struct PopulationLoss {
  double loss = 0;
  std::vector<double> gradient{};  // as flat()
};
PopulationLoss population_loss(const SuperpositionPoint& at);  // ShapeError unless b fits W

// Central differences of the gradient with this step, symmetrised. At a kink, such as b = 0 in the 4-gon, where the
// second derivatives of the two sides differ, it is their mean. Second derivatives of the loss on samples would lack
// what the moving end of an integral adds.
Matrix population_hessian(const SuperpositionPoint& at, double step = 1e-4);

// How many directions rise, are flat and fall: eigenvalues against `relative` of the largest size.
struct Signature {
  std::int64_t positive = 0, zero = 0, negative = 0;
  friend bool operator==(const Signature&, const Signature&) = default;
};
Signature signature_of(const Matrix& hessian, double relative = 1e-3);

}  // namespace basin::nn
