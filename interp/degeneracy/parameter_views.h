// Values of a graph that are a parameter or a part of one in another shape or order.
#pragma once
#include <map>

#include "interp/sweep/sweep.h"

namespace basin::interp {

struct ParameterView {
  std::vector<std::int64_t> places{};  // of its numbers in the flat parameter vector
  bool shared = false;                 // whether the parameter is used elsewhere too
};

// By node, of those among `nodes` that show a parameter of the model by views alone.
std::map<Id, ParameterView> parameter_views(Graph& graph, const std::vector<Id>& nodes,
                                            const Parameters<double>& parameters);

}  // namespace basin::interp
