// How values and the constants that belong to them go through the operations of a graph (interp/basis/folded.h).
#pragma once
#include <vector>

#include "autodiff/graph.h"

namespace basin {
struct Op;
}

namespace basin::interp {

// A value and what stands for the 1 that its biases count times: [..., 1], or broadcast to that. A value that biases do
// not reach, such as a score or a variance, has none.
struct Carried {
  Var value, constant{};
};

// What each value of `to` would be if the values `from` were those given and biases on the way counted their constants
// times, with the constant there. As in a network that holds biases as weights from a neuron that is always 1: where
// two values meet, the constant of the one computed first goes on (the residual stream); a mean over keys takes that of
// the constants there; heads that are read together, the mean of theirs.
// UsageError naming the value for an operation without a rule and where a value depends on the data in another way.
std::vector<Carried> carry(Graph& graph, const std::vector<Id>& from, const std::vector<Carried>& given,
                           const std::vector<Id>& to);

// Where this activation is 1; 0 if it is carried past.
double constant_preactivation(const Op& activation);
bool is_activation(const Op& op);  // one value entry by entry, without attributes

}  // namespace basin::interp
