// Three and more linear layers at finite n and a truth of 0, exactly, for the widths that integrals of one dimension
// after the other reach (docs/theory.md §6.2). Two layers: interp/llc/linear_finite_n.h; other widths: Gibbs sampling,
// interp/llc/linear_gibbs.h.
#pragma once
#include <cstdint>
#include <vector>

#include "interp/llc/log_axis.h"

namespace basin::interp {

// t E[K], K = ‖W_L … W_1‖² summed over entries under the prior N(0, 1) of each weight; widths with the inputs first. As
// t grows, λ of deep_linear_coefficient at rank 0. Widths with a 1 among the hidden ones, or 2, 2, 2, 2. UsageError for
// others, and unless t > 0.
Integrated deep_linear_finite_n(const std::vector<std::int64_t>& widths, double t);

}  // namespace basin::interp
