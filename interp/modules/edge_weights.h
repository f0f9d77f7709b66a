// From interactions to the weights that modules are found with (docs/theory.md §4.5; arXiv 2405.10928).
#pragma once
#include <string_view>

#include "interp/modules/layered_graph.h"

namespace basin::interp {

// identity, sqrt; abs: E / sum |E| over all layers; max: E / max E of its pair of layers; log: max(0, log10(E / eps)),
// one eps for all or one for each pair of layers; node_log: that, times sqrt(E_ij) / sum_k sqrt(E_kj), the share of j's
// output that i gets.
enum class EdgeWeight { identity, sqrt, abs, max, log, node_log };
EdgeWeight edge_weight_from(std::string_view name);  // UsageError
std::string_view name_of(EdgeWeight weight);

// Zero stays zero. UsageError where a logarithm has no cut-offs, or another weight has; NumericalError where abs
// divides by more than a double holds; else the errors of validate and log_weights.
LayeredGraph weighted(const LayeredGraph& interactions, EdgeWeight weight, const std::vector<double>& cutoffs = {});

}  // namespace basin::interp
