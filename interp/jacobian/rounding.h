// How far the activations and gradients of a network are from their exact values, by following the rounding of each sum
// through the network (docs/theory.md §1.6). Inputs and parameters count as exact.
#pragma once
#include "interp/jacobian/jacobian_tables.h"
#include "interp/layers/relu_net.h"

namespace basin::interp {

inline constexpr double unit_roundoff = 0x1p-53;

// |error| of the tables, entry by entry: as many layers and the same shapes. A sum of products is taken to be off by
// unit_roundoff times the sum of their magnitudes: more than is usual, less than the worst case.
std::vector<FullTable> roundings(const ReluNet& net, const std::vector<FullTable>& tables);

}  // namespace basin::interp
