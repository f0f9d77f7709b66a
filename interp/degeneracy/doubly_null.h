// Hidden directions that are null for activations and for gradients at once (docs/theory.md §3.5). Moving the weights
// on either side of one costs nothing, moving both does: rank J counts neither, the effective number of parameters
// counts the interaction. What is left of the loss there is a reduced-rank regression of true rank 0, whose learning
// coefficient is known (interp/llc/network_coefficient.h).
//
// Covered are networks of one hidden layer: linear ones, and ReLU networks whose blocks are independent on the data
// (the condition of interp/degeneracy/exact_count.h), where every live block is a linear network on the samples where
// it fires. Nothing is said about deeper ones.
#pragma once
#include <optional>

#include "interp/degeneracy/subject.h"

namespace basin::interp {

struct LinearNet {  // y = w_out w_in x, without biases
  Matrix w_in;      // [k, d_in]
  Matrix w_out;     // [d_out, k]
};

struct DoublyNull {
  std::int64_t inputs, activations, gradients, product;  // r_in = rank x, rho = rank(w_in x), s = rank w_out and the
                                                         // rank of w_out w_in x, on the data
  std::int64_t directions;                               // h = k - rho - s + product
  double interaction;                                    // 2 lambda_RRR(r_in - rho, h, d_out - s; 0)
};

// x is [samples, d_in]. ShapeError if shapes do not chain.
DoublyNull doubly_null(const LinearNet& net, const Matrix& x, double tolerance = rank_tolerance);

struct CorrectedCount {
  std::int64_t jacobian_rank = 0;
  std::int64_t doubly_null = 0;  // h, over all live blocks
  double n_eff = 0;              // 2 lambda at this point: rank J + the interaction
};

// J is built and its rank decided; errors as doubly_null and sweep.
CorrectedCount corrected_count(const LinearNet& net, const Matrix& x, const DegeneracyOptions& options = {});

// Nothing unless the network has one hidden layer and its blocks are independent on the data. The constant that an
// always-on block is joined by leaves its inputs and joins the output bias. Dead blocks stay dead near this point: they
// are free and count nothing. Errors as degeneracy.
std::optional<CorrectedCount> corrected_count(const Subject& subject);
std::optional<CorrectedCount> corrected_count(const ReluNet& net, const Matrix& x,
                                              const DegeneracyOptions& options = {});

}  // namespace basin::interp
