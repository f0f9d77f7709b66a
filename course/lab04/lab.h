// Lab 04: directions of parameter space along which a network's outputs stay as they are, counted and explained.
//
// Notation is that of basin's docs/theory.md §2, §3. A network has dense layers l = 0 … L − 1, a ReLU behind each but
// the last. n samples, k outputs, N parameters. A tilde means "with the constant": f~ = (f, 1) has d~ = d + 1 numbers,
// and W~ = (W, b) is d_{l+1} × d~_l, its last column the bias. The parameters θ are W~^0 row by row, then W~^1 row by
// row, ….
#pragma once
#include <string>
#include <vector>

#include "common/course.h"
#include "core/lapack.h"
#include "interp/layers/firing_blocks.h"
#include "interp/layers/relu_net.h"
#include "nn/data/planted/planted.h"

namespace lab {

using basin::Matrix;
using basin::interp::BlockKind;
using basin::interp::FiringBlock;
using basin::interp::ReluNet;

// What dense layer l reads and what reads it.
struct Layer {
  Matrix activations{};  // f~^l [n, d~_l]; the last column is 1
  Matrix pre{};          // p^{l+1} [n, d_{l+1}], what leaves the layer before any ReLU
  Matrix gradients{};    // B^{l+1} [n k, d_{l+1}]: row (x, a), at x k + a, is the derivative of output a by p^{l+1}
};

// Activations and pre-activations of all layers on samples x [n, d_0]; gradients stay empty.
std::vector<Layer> forward(const ReluNet& net, const Matrix& x);

// Fills the gradients: B^L = 1, B^l = (B^{l+1} W^l) ∘ [p^l > 0].
void backward(const ReluNet& net, std::vector<Layer>& layers);

// J [n k, N]: row (x, a), cut to layer l, is B^{l+1}_a(x) ⊗ f~^l(x) in the order of θ.
Matrix jacobian(const std::vector<Layer>& layers);

// The number of singular values above 1e-9 of the largest (docs/theory.md §1.3).
std::int64_t rank(const Matrix& a);

// Free directions of one layer by low ranks: because its activations depend on each other (kind a), because its
// gradients do (kind b), and those that are both.
struct LowRank {
  std::int64_t activations = 0, gradients = 0, both = 0;
  std::int64_t free() const { return activations + gradients - both; }
};
LowRank low_rank(const Layer& layer);

// The neurons of hidden layer l + 1 by the samples on which they fire (p > 0): neurons with one pattern are one block,
// in the order of their first neurons. A block that fires on all samples is always_on, one that never does is dead,
// however few its neurons are; any other is synchronised, or single if it is one neuron. `FiringBlock::layer` is l.
std::vector<FiringBlock> blocks(const Layer& layer, std::int64_t l);

// The moves of kind c, one row [N] for each entry A_ij of each block (i and j in the block; of an always-on block j may
// also be the constant, A_i,d; of a dead block there are none), to first order in A:
//   W~^l → W~^l + A W~^l,   W~^{l+1} → W~^{l+1} − W~^{l+1} A.
Matrix moves(const ReluNet& net, const std::vector<FiringBlock>& blocks);

// How many of the moves are independent of each other and of what low ranks explain: the rank of Φ (docs/theory.md
// §3.1), their parts P_K (·) P_G.
std::int64_t beyond_low_rank(const std::vector<Layer>& layers, const Matrix& moves);

// The answer: N − rank J, and what explains it.
struct Count {
  std::int64_t parameters = 0, rank = 0;         // N and rank J
  std::int64_t low_ranks = 0, synchronised = 0;  // Σ_l LowRank::free(), and rank Φ
  std::int64_t added_up = 0;                     // the kinds without looking at overlaps: no bound
  std::int64_t free() const { return parameters - rank; }
  std::int64_t explained() const { return low_ranks + synchronised; }
};
Count count(const ReluNet& net, const Matrix& x);

// Networks with planted degeneracy, the student's own.
struct Example {
  std::string name;
  basin::nn::Plan plan;
  ReluNet net;
  Matrix x;  // [n, 5]
};
std::vector<Example> examples();

}  // namespace lab
