// What claims about interaction bases have in common: features compared without regard to signs and order.
#pragma once
#include "experiments/claims/claim_nets.h"
#include "interp/basis/basis.h"

namespace basin::experiments {

// Inputs of rank 3 of 5; the first hidden layer has a block of four neurons of whose outputs two directions are read,
// and one of three.
nn::Plan invariant_plan();

// Widths as given, weights and biases normal, 80 normal inputs.
ClaimNet random_claim_net(const std::vector<std::int64_t>& widths, Rng& rng);

// 64-14-10-10, trained on the digits for a few epochs, with 300 of them.
ClaimNet trained_claim_net(std::uint64_t seed);
// 12-12-12-12 with biases: two networks of width 6 side by side. Each has drawn 40 inputs, and all pairs of them occur,
// so that nothing that depends on one module alone is correlated with what depends on the other.
inline constexpr std::int64_t planted_width = 12;
ClaimNet planted_modules(Rng& rng);
// Of each node layer but the last, uniform.
std::vector<Matrix> planted_rotations(Rng& rng);

// Node layers are the inputs of all dense layers, and the outputs.
interp::FoldedModel folded(const interp::ReluNet& net, std::vector<Matrix> coordinates = {});

// With a relative truncation at 1e-10.
std::vector<interp::Basis> bases_of(const interp::FoldedModel& model, const Matrix& x, interp::BasisKind kind,
                                    bool center = true);

// f^ f^^T over the samples for x of a node layer, which signs of features and rotations among equal ones leave alone.
Matrix kernel(const Matrix& nodes, const Matrix& C);

// The largest difference over the largest entry of b.
double relative_difference(const Matrix& a, const Matrix& b);

// By node layer: how far the features of one network are from those of another, by their kernels.
std::vector<double> changes(const interp::ReluNet& before, const interp::ReluNet& after, const Matrix& x,
                            interp::BasisKind kind);

}  // namespace basin::experiments
