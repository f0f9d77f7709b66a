// Chains that run as one kernel. Fusing happens here, while planning, and never in the derivative rules:
//   activation(dense(x, W, b))                one pass over the product's output
//   ct * activation'(y), and its column sums  the backward pass of an activation and the bias gradient
//   cross_entropy and its slope               one pass over the logits
//   constant * sum(losses of rows)            one pass, with the slope of cross_entropy if that is needed
//   scale * (x - t), and its column sums      the slope of mse and the bias gradient
//   matmul(view, view)                        BLAS reads what is permuted, sliced or repeated where it lies
#pragma once
#include <vector>

#include "autodiff/op.h"

namespace basin {

using Nodes = std::vector<const Node*>;  // of a graph, by id

// What a program needs to know of each value, by id.
struct Demand {
  std::vector<char> needed;    // computed or given in this program
  std::vector<char> given;     // fed or bound: not computed
  std::vector<char> wanted;    // fetched: must be readable
  std::vector<char> in_place;  // a view that its readers read where its input lies
};

struct Fusion {
  Kernels run;
  Id at = -1;      // takes the place of this node's call
  Id second = -1;  // another node that the same call fills
  std::array<Id, Node::max_inputs> in{-1, -1, -1};
};

// The fusions of a program. Clears `needed` of values that the fused kernels keep to themselves and sets `in_place`.
std::vector<Fusion> find_fusions(const Nodes& nodes, Demand& demand);

}  // namespace basin
