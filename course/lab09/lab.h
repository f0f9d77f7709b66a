// Lab 09: interaction graphs, edges and ablation (docs/theory.md §5.4 to §5.6).
//
// Between two node layers of a network, features f^ [n, q] become features f^' [n, q'] by
//   f^' = relu(f^ A) D,   A [q, m] from features to the pre-activations of m neurons, D [m, q'] from them to features.
// An edge goes from feature j to feature i of the next layer, and stands in row i, column j of tables [q', q].
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/tensor.h"
#include "interp/basis/basis.h"
#include "interp/edges/score.h"

namespace lab {

using basin::Matrix;

struct Section {
  Matrix A{}, D{};
  bool relu = true;  // else f^' = f^ A D
};

// ---- Given ----------------------------------------------------------------------------------------------------------

// A network 64-20-20-10 that was trained on handwritten digits, from a start of the student's own, on its training
// images. It is seen between its two hidden layers, in the basis that was asked for, as basin computes it.
struct Digits {
  std::shared_ptr<const basin::interp::FoldedModel> model{};
  basin::Inputs inputs{};
  std::vector<basin::interp::Basis> bases{};
  basin::interp::Scoring scoring{};  // accuracy, with the labels
  Section section{};
  Matrix features{};  // f^ [n, q]
  Matrix rest{};      // from f^' to the ten outputs, [q', 10]

  // The share of images whose largest output is the label, for f^' [n, q'].
  double accuracy(const Matrix& next) const;
};
constexpr std::int64_t section_of_digits = 1;  // of the model's node layers: 0 the pixels, 1 and 2 hidden, 3 outputs
Digits digits(basin::interp::BasisKind kind);

// ---- Tasks ----------------------------------------------------------------------------------------------------------

// Task squared_edges. E_ij = (1/n) sum_x (J_ij f^_j)^2 with J_ij(x) = d f^'_i / d f^_j = sum_k A_jk a'_k D_ki, where
// the slope a'_k is 1 if neuron k fires on sample x, else 0. [q', q].
Matrix squared_edges(const Section& section, const Matrix& features);

// Task masked. Each feature of the next layer from its own set of features of this one: f^'_i is computed as if f^_j
// were 0 wherever mask(i, j) is 0. Neurons fire as they do on what is left. [n, q'].
Matrix masked(const Section& section, const Matrix& features, const Matrix& mask);

// Task largest. A mask of 1 at the `kept` largest edges and at all that equal the smallest of these, else 0; `kept`
// from 0 (an empty mask) to the number of edges.
Matrix largest(const Matrix& E, std::int64_t kept);

// Task fewest. By bisection over 0 … n: a number r that holds while r - 1 does not, or 0 if 0 holds. n itself holds
// and is not asked for; `holds` is asked at most log2(n) + 2 times.
std::int64_t fewest(std::int64_t n, const std::function<bool(std::int64_t kept)>& holds);

// Task effective_edges. exp(-sum q log q) with q = E / sum E, over all edges above 0 (§5.6); 0 if all are 0.
double effective_edges(const Matrix& E);

}  // namespace lab
