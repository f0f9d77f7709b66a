// What a volume's slope is at a finite ε, where log V is not yet a straight line (docs/theory.md §4.3).
#pragma once
#include <span>

#include "interp/volume/matching.h"

namespace basin::experiments {

// V ~ ε^λ (log 1/ε)^k has the slope 2 Δ log V / Δ log ε = 2λ - this between two ε.
double logarithms_cost(int k, double epsilon, double smaller);

// Of the loss Σ u_a² u_b² over the edges, by the dual of matchings: y >= 0 at the nodes with y_a + y_b >= 1 on each
// edge, at the least Σ y = 2λ. The best y fill a polytope whose dimension is k: it adds up exp(-Σ a) over a_i = y_i
// log(1/ε) / 2, and where many y are best there is a logarithm for each direction to go. Its corners have coordinates
// 0, ½ and 1 only, so that trying all of these finds it.
struct Covers {
  double least = 0;
  int dimension = 0;
};
Covers best_covers(std::int64_t nodes, std::span<const interp::Edge> edges);

}  // namespace basin::experiments
