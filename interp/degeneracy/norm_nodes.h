// Where a traced graph normalises a layer: by layer_norm of autodiff/ops.h, or by the steps of
// autodiff/layer_norm.h.
#pragma once
#include <map>
#include <set>

#include "autodiff/graph.h"

namespace basin::interp {

struct NormNodes {
  std::map<Id, Id> input{};  // by the node of the normalised value, before gain and shift: what is normalised
  std::set<Id> inside{};     // the nodes between
};

NormNodes norm_nodes(const Graph& graph, const std::vector<Id>& nodes);

}  // namespace basin::interp
