// Symmetric matrices on parameter space that are known by their products with vectors alone: second derivatives of a
// loss over a data set, which the engine computes chunk by chunk (docs/theory.md §1.5). Nothing of size N^2 or n k N is
// ever held; a product needs memory of O(blocks N) beside that of a sweep, for each vector.
//
// Products are sweeps (interp/sweep/sweep.h): equal to the bit for any number of threads. Several may run at the same
// time; options.progress is then called from each. Several vectors in one product share the forward pass, the data and
// the memory traffic of the parameters, and come out as each alone, up to rounding.
#pragma once
#include "core/tensor.h"
#include "interp/sweep/sweep.h"

namespace basin::interp {

struct Operator {
  std::int64_t size = 0;  // N
  // out = A v for each of the vectors in v, one behind the other; v and out may not overlap.
  std::function<void(std::span<const double> v, std::span<double> out)> apply{};
};

// How many vectors go together where there are many: more share little more, and memory grows with them.
inline constexpr std::int64_t vectors_at_once = 5;

// Calls body(first, end) for blocks of at most vectors_at_once of `count` vectors. Threads take blocks, or, where these
// are fewer, serve the operator inside: the blocks depend on the count alone.
void for_vector_blocks(std::int64_t count, int threads,
                       const std::function<void(std::int64_t first, std::int64_t end)>& body);

// The Hessian of the mean over all samples of the named value `loss`: a number for each row, or a scalar that is their
// mean. Coordinates are those of the flat parameter vector.
// Errors: UsageError for a model without parameters and those of plan_sweep at once; those of sweep, ShapeError for a
// vector of another length from products.
Operator hessian_operator(ModelPoint model, std::string loss, Inputs inputs, SweepOptions options = {});

// (2/n) J^T J for the Jacobian J of the named value `output` [rows, …]: the Hessian of the behavioural loss
// (docs/theory.md §1.2). One product is one forward and one reverse derivative. Errors as above.
Operator gauss_newton_operator(ModelPoint model, std::string output, Inputs inputs, SweepOptions options = {});

// (2/n) J J^T, on the outputs over the data, [n k] with sample after sample: the same eigenvalues but for zeros, in
// vectors that are shorter where n k < N. One product is two sweeps, a reverse derivative and then a forward one.
Operator output_operator(ModelPoint model, std::string output, Inputs inputs, SweepOptions options = {});

// A matrix that is held, [N, N]; its symmetry is not checked. ShapeError if it is not square.
Operator matrix_operator(Matrix a);

}  // namespace basin::interp
