// Exact Gibbs sampling of linear layers, an oracle for the samplers that know gradients alone, where no closed form is
// known (docs/theory.md §6.2).
//
// K = ‖W_L … W_1 - T‖² is quadratic in each layer while the others stand still, so its law there is normal. With the
// eigenvectors of what stands before and behind it the entries are independent: no matrix larger than a layer is met.
// The freedom between two layers, G and G⁻¹, would be walked in steps of 1/sqrt(nβ) where T holds them; so each round
// also draws where on such an orbit the layers are: shears, which are normal, and scales, by slice sampling (Neal
// 2003).
#pragma once
#include "interp/llc/chains.h"

namespace basin::interp {

// The law exp(-nβ K - γ/2 Σ ‖W_k - prior_mean_k‖²) around the point `layers`, whose product is T: so K is 0 there.
struct LinearLaw {
  std::vector<Matrix> layers{};  // w*: W_1 [h, inputs], W_2 [k, h], …
  double n_beta = 0, gamma = 0;
  bool around_zeros = false;  // the prior's mean: zeros, or w*

  // Of these widths, inputs first, and of rank 0: all layers are zeros, and so is the prior's mean.
  static LinearLaw at_origin(const std::vector<std::int64_t>& widths, double n_beta, double gamma = 1);
  // ShapeError unless there are layers, each as wide as the one before is high.
  Matrix truth() const;
};

// The same for samplers: the loss is K, the parameters are layers.0.weight, layers.1.weight, …
LocalPosterior local_posterior(const LinearLaw& law);

// Chains of u = nβ K, a round a draw, that begin at w*. Equal to the bit for any number of threads. UsageError unless
// nβ and γ are positive, and for counts out of range; errors of LinearLaw::truth; Interrupted.
Chains linear_gibbs(const LinearLaw& law, const ChainSpec& spec);

}  // namespace basin::interp
