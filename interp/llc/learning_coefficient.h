// Learning coefficients that are known exactly, as functions of the shape of the loss K near a point (docs/theory.md
// §6): the volume of {K < ε} goes as ε^λ (log 1/ε)^(m - 1) for ε to 0. A factor in front of K changes neither.
// Those of networks: interp/llc/network_coefficient.h; what a posterior shows at finite n: interp/llc/finite_n.h.
#pragma once
#include <cstdint>
#include <vector>

namespace basin::interp {

struct LearningCoefficient {
  double lambda = 0;
  int multiplicity = 1;  // m

  bool operator==(const LearningCoefficient&) const = default;
};

// Of K_1(u) + K_2(v), which share no parameter: λ adds, and so does m - 1 (Watanabe, "Algebraic Geometry and
// Statistical Learning Theory", 2009).
LearningCoefficient operator+(const LearningCoefficient& a, const LearningCoefficient& b);

// Where the zeros of K are smooth and its Hessian is positive across them: half the rank of the Hessian, or of the
// Jacobian of the outputs; m = 1. UsageError unless rank >= 0.
LearningCoefficient morse_bott(std::int64_t rank);

// K = Π |w_i|^{2 k_i} under a prior ∝ Π |w_i|^{h_i}: λ is the least (h_i + 1) / (2 k_i) over the i with k_i > 0, m how
// often it occurs (Watanabe 2009). Without h the prior is positive and all h_i are 0. So (w1^a w2^b)² is
// normal_crossing({a, b}). UsageError unless k_i >= 0, one of them > 0, and h is empty or has as many entries, all
// >= 0.
LearningCoefficient normal_crossing(const std::vector<int>& k, const std::vector<int>& h = {});

// K = Σ c_i |w_i|^{p_i} with c_i > 0: λ = Σ 1 / p_i, m = 1 (by the change of variables w_i → ε^{1/p_i} w_i). Under a
// flat prior nβ E[K] is λ at every n, and nβ K has the law Gamma(λ, 1). UsageError unless all p_i > 0.
LearningCoefficient homogeneous(const std::vector<double>& powers);

}  // namespace basin::interp
