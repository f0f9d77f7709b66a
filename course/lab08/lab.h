// Lab 08: from PCA to the interaction basis (docs/theory.md §5.1 to §5.3).
//
// Samples are rows. A node layer x [n, d] of a network is (f, 1): activations, and last the constant that biases are
// weights of. A feature is a column of C [d, features]: f^ = x C. E is the mean over the samples; nothing is centred.
#pragma once
#include <cstdint>
#include <vector>

#include "core/rng.h"
#include "core/tensor.h"
#include "interp/layers/relu_net.h"

namespace lab {

using basin::Matrix;

// What lies between two node layers: x' = relu(x weight), or x' = x weight.
struct Section {
  Matrix weight{};  // [d, d'], the biases in its last row
  bool relu = true;
};
using Net = std::vector<Section>;

// ---- Given ----------------------------------------------------------------------------------------------------------

// a [n, m] with column j multiplied by values[j]^power.
Matrix scaled_columns(Matrix a, const std::vector<double>& values, double power);
// The places of the values, descending, that are above `cut` times the first.
std::vector<std::int64_t> above(const std::vector<double>& values, double cut);
// The network with biases as weights from a constant, which goes through every section but the last.
Net folded(const basin::interp::ReluNet& net);
// x of every node layer for inputs [n, d_0]: with its constant, but for the last, which has none.
std::vector<Matrix> nodes(const Net& net, const Matrix& inputs);

// A layer z of two modules of three directions each, all of variance 1 and mean 0, that do not know of each other. The
// layer is only seen in other coordinates, x = z rotation; the section reads that back, so the network is the same.
struct Hidden {
  Matrix rotation{};  // [6, 6], orthogonal
  Matrix x{};         // [400, 6], no constant
  Section section{};  // without biases
  Matrix target{};    // what reads the neurons, [8, 4]
};
Hidden hidden_modules(basin::Rng& rng);
// Of each column of z_C [6, features], a feature as seen from z: its share of squares in the first module, 0 to 1.
std::vector<double> shares_of_first(const Matrix& z_C);

// ---- Tasks ----------------------------------------------------------------------------------------------------------

// Task second_moment. G = E x^T x, [d, d].
Matrix second_moment(const Matrix& x);

// Task whitened. Coordinates in which all directions that vary do so alike: x to has the second moment 1. Of G [d, d] =
// U diag(D) U^T, eigenvalues at most `cut` times the largest are dropped.
struct Frame {
  std::vector<double> variances{};  // D, descending, [k]
  Matrix to{};                      // U D^(-1/2), [d, k]
  Matrix back{};                    // D^(1/2) U^T, [k, d]: x to back = x where nothing but zeros was dropped
};
Frame whitened(const Matrix& G, double cut = 1e-10);

// Task interaction_basis. Of G and of M = E J^T J, J the derivative of what follows to x. With R the white frame and
// R^+ its way back, R^+ M (R^+)^T = V diag(lambda) V^T; eigenvalues at most `cut` times the largest are dropped.
struct Basis {
  std::vector<double> lambda{};  // descending, [features]
  Matrix C{};                    // R V lambda^(1/2), [d, features]
  Matrix C_pinv{};               // lambda^(-1/2) V^T R^+, [features, d]
};
Basis interaction_basis(const Matrix& G, const Matrix& M, double cut = 1e-10);

// Task importance. M = E J^T J of x [n, d], [d, d], with J = d (x' target) / d x of a section and target [d', t]. In
// closed form: W [(target target^T) ∘ E a'^T a'] W^T with a' the slopes of a sample, 1 where a neuron fires, else 0.
Matrix importance(const Matrix& x, const Section& section, const Matrix& target);

// Task local_bases. The local interaction basis of every node layer, from the last to the first: the target of a layer
// are the features of the next. The last one stays as it is: C = C_pinv = 1, no lambda.
std::vector<Basis> local_bases(const Net& net, const Matrix& inputs);

}  // namespace lab
